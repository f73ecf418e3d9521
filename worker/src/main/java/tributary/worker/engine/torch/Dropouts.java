package tributary.worker.engine.torch;

import static java.util.Map.entry;

import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import org.bytedeco.pytorch.GeneratorOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.deeplearning4j.nn.conf.dropout.AlphaDropout;
import org.deeplearning4j.nn.conf.dropout.Dropout;
import org.deeplearning4j.nn.conf.dropout.GaussianDropout;
import org.deeplearning4j.nn.conf.dropout.GaussianNoise;
import org.deeplearning4j.nn.conf.dropout.IDropout;
import org.deeplearning4j.nn.conf.dropout.SpatialDropout;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.deeplearning4j.nn.conf.layers.AutoEncoder;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.Cnn3DLossLayer;
import org.deeplearning4j.nn.conf.layers.CnnLossLayer;
import org.deeplearning4j.nn.conf.layers.EmbeddingLayer;
import org.deeplearning4j.nn.conf.layers.EmbeddingSequenceLayer;
import org.deeplearning4j.nn.conf.layers.GlobalPoolingLayer;
import org.deeplearning4j.nn.conf.layers.GravesBidirectionalLSTM;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.LocalResponseNormalization;
import org.deeplearning4j.nn.conf.layers.LossLayer;
import org.deeplearning4j.nn.conf.layers.Pooling1D;
import org.deeplearning4j.nn.conf.layers.Pooling2D;
import org.deeplearning4j.nn.conf.layers.RnnLossLayer;
import org.deeplearning4j.nn.conf.layers.Subsampling1DLayer;
import org.deeplearning4j.nn.conf.layers.SubsamplingLayer;
import org.deeplearning4j.nn.conf.layers.ZeroPadding1DLayer;
import org.deeplearning4j.nn.conf.layers.ZeroPadding3DLayer;
import org.deeplearning4j.nn.conf.layers.ZeroPaddingLayer;
import org.deeplearning4j.nn.conf.layers.convolutional.Cropping1D;
import org.deeplearning4j.nn.conf.layers.convolutional.Cropping2D;
import org.deeplearning4j.nn.conf.layers.convolutional.Cropping3D;
import org.deeplearning4j.nn.conf.layers.misc.FrozenLayer;
import org.deeplearning4j.nn.conf.layers.misc.FrozenLayerWithBackprop;
import org.deeplearning4j.nn.conf.layers.objdetect.Yolo2OutputLayer;
import org.deeplearning4j.nn.conf.layers.recurrent.Bidirectional;
import org.deeplearning4j.nn.conf.layers.recurrent.LastTimeStep;
import org.deeplearning4j.nn.conf.layers.recurrent.TimeDistributed;
import org.deeplearning4j.nn.conf.layers.samediff.AbstractSameDiffLayer;
import org.deeplearning4j.nn.conf.layers.util.MaskLayer;
import org.deeplearning4j.nn.conf.layers.util.MaskZeroLayer;
import org.nd4j.linalg.schedule.ISchedule;
import tributary.worker.engine.StepKey;

/** What falls on a layer's input while training; adding a kind is adding a row. */
@SuppressWarnings("deprecation") // models may still have such layers
final class Dropouts {
  private static final Map<Class<? extends IDropout>, Row> ROWS =
      Map.ofEntries(
          entry(Dropout.class, given -> dropout((Dropout) given)),
          entry(SpatialDropout.class, given -> spatial((SpatialDropout) given)),
          entry(AlphaDropout.class, given -> alpha((AlphaDropout) given)),
          entry(GaussianDropout.class, given -> gaussian((GaussianDropout) given)),
          entry(GaussianNoise.class, given -> noise((GaussianNoise) given)));

  /**
   * Layers whose input DL4J leaves alone, although a dropout of the whole network reaches them,
   * too: some stand around a layer that has its own. So do all that are made of SameDiff.
   */
  private static final Set<Class<? extends Layer>> SPARED =
      Set.of(
          ActivationLayer.class,
          AutoEncoder.class,
          BatchNormalization.class,
          Bidirectional.class,
          Cnn3DLossLayer.class,
          CnnLossLayer.class,
          Cropping1D.class,
          Cropping2D.class,
          Cropping3D.class,
          EmbeddingLayer.class,
          EmbeddingSequenceLayer.class,
          FrozenLayer.class,
          FrozenLayerWithBackprop.class,
          GlobalPoolingLayer.class,
          GravesBidirectionalLSTM.class,
          LastTimeStep.class,
          LocalResponseNormalization.class,
          LossLayer.class,
          MaskLayer.class,
          MaskZeroLayer.class,
          Pooling1D.class,
          Pooling2D.class,
          RnnLossLayer.class,
          Subsampling1DLayer.class,
          SubsamplingLayer.class,
          TimeDistributed.class,
          Yolo2OutputLayer.class,
          ZeroPadding1DLayer.class,
          ZeroPadding3DLayer.class,
          ZeroPaddingLayer.class);

  private Dropouts() {}

  /** How one kind is compiled. */
  private interface Row {
    Drop compile(IDropout dropout);
  }

  /** The input of a training pass with noise on it. */
  private interface Drop {
    Tensor apply(Tensor input, Pass pass);
  }

  /** The dropout that is configured for a layer's input; a refusal if this engine can't run it. */
  static TorchLayer of(Site site) {
    if (isSpared(site.layer())) {
      return (input, pass) -> input;
    }
    IDropout dropout = site.layer().getIDropout();
    Drop drop = site.row(ROWS::get, dropout, "dropout").compile(dropout);
    return TorchLayer.ofValues((x, pass) -> pass.training() ? drop.apply(x, pass) : x);
  }

  private static boolean isSpared(Layer layer) {
    return SPARED.contains(layer.getClass()) || layer instanceof AbstractSameDiffLayer;
  }

  /** Srivastava et al., JMLR 15, 2014, scaled up while training (section 10: "inverted"). */
  private static Drop dropout(Dropout dropout) {
    return (x, pass) -> {
      double kept = at(dropout.getPSchedule(), dropout.getP(), pass.key());
      return x.mul(mask(torch.empty_like(x), kept, pass).div_(new Scalar(kept)));
    };
  }

  /** Whole channels at once, or what else is in dimension 1: Tompson et al., arXiv:1411.4280. */
  private static Drop spatial(SpatialDropout dropout) {
    return (x, pass) -> {
      double kept = at(dropout.getPSchedule(), dropout.getP(), pass.key());
      long[] shape = x.shape();
      Arrays.fill(shape, 2, shape.length, 1);
      return x.mul(mask(x.new_empty(shape), kept, pass).div_(new Scalar(kept)));
    };
  }

  /** Klambauer et al., arXiv:1706.02515, section 3, "New Dropout Technique": keeps the moments. */
  private static Drop alpha(AlphaDropout dropout) {
    double dropped = -dropout.getLambda() * dropout.getAlpha();
    return (x, pass) -> {
      double kept = at(dropout.getPSchedule(), dropout.getP(), pass.key());
      double scale = 1 / Math.sqrt(kept + dropped * dropped * kept * (1 - kept));
      double shift = -scale * (1 - kept) * dropped;
      Tensor mask = mask(torch.empty_like(x), kept, pass);
      Tensor fill = torch.rsub(mask, new Scalar(1)).mul_(new Scalar(dropped));
      return x.mul(mask).add(fill).mul(new Scalar(scale)).add(new Scalar(shift));
    };
  }

  /** Srivastava et al., JMLR 15, 2014, section 10: as much noise as dropping that rate makes. */
  private static Drop gaussian(GaussianDropout dropout) {
    return (x, pass) -> {
      double rate = at(dropout.getRateSchedule(), dropout.getRate(), pass.key());
      return x.mul(normal(x, 1, Math.sqrt(rate / (1 - rate)), pass));
    };
  }

  private static Drop noise(GaussianNoise noise) {
    return (x, pass) ->
        x.add(normal(x, 0, at(noise.getStddevSchedule(), noise.getStddev(), pass.key()), pass));
  }

  private static Tensor mask(Tensor empty, double kept, Pass pass) {
    return empty.bernoulli_(kept, new GeneratorOptional(pass.noise()));
  }

  private static Tensor normal(Tensor like, double mean, double deviation, Pass pass) {
    GeneratorOptional noise = new GeneratorOptional(pass.noise());
    return torch.empty_like(like).normal_(mean, deviation, noise);
  }

  /** What a schedule says at a step, or else what always holds. */
  static double at(ISchedule schedule, double constant, StepKey key) {
    return schedule == null ? constant : schedule.valueAt(Math.toIntExact(key.step()), key.epoch());
  }
}
