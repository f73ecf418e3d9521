package tributary.worker.engine.torch;

import java.util.stream.LongStream;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.deeplearning4j.nn.conf.RNNFormat;
import org.deeplearning4j.nn.conf.layers.PReLULayer;
import org.deeplearning4j.nn.conf.layers.misc.ElementWiseMultiplicationLayer;
import org.deeplearning4j.nn.conf.layers.misc.RepeatVector;

/** Layers that treat each value for itself. DL4J puts no noise on their parameters. */
final class SimpleLayers {
  private SimpleLayers() {}

  /** A layer that only masks; of a dropout layer, what comes after the dropout. */
  static TorchLayer masking(Site site) {
    return SimpleLayers::masked;
  }

  /** Zeros where the mask says padding. */
  static Masked masked(Masked input, Pass pass) {
    return input.with(DenseLayers.masked(input.values(), input.mask()));
  }

  /** The same vector at each step: {@code [n, features]} to NCW or NWC. */
  static TorchLayer repeat(Site site) {
    RepeatVector layer = site.as(RepeatVector.class);
    int steps = layer.getDataFormat() == RNNFormat.NWC ? 1 : 2;
    long[] shape = {-1, -1, -1};
    shape[steps] = layer.getN();
    return TorchLayer.ofValues((x, pass) -> x.unsqueeze(steps).expand(shape));
  }

  /** Each feature times a weight of its own, plus a bias. */
  static TorchLayer scale(Site site) {
    ElementWiseMultiplicationLayer layer = site.as(ElementWiseMultiplicationLayer.class);
    Parameter weights = site.noiseless("W");
    Parameter bias = site.noiseless("b");
    TorchActivation activation = TorchActivations.of(layer.getActivationFn(), site);
    return (input, pass) -> {
      Tensor sums = input.values().mul(weights.in(pass).flatten()).add(bias.in(pass));
      return input.with(DenseLayers.masked(activation.apply(sums, pass.noise()), input.mask()));
    };
  }

  /** He et al., arXiv:1502.01852, section 2.1: slopes are shared along axes, as configured. */
  static TorchLayer prelu(Site site) {
    PReLULayer layer = site.as(PReLULayer.class);
    Parameter weights = site.noiseless("W");
    int rank = layer.getInputShape().length;
    long[] reversed = LongStream.iterate(rank - 1, i -> i >= 0, i -> i - 1).toArray();
    return TorchLayer.ofValues(
        (x, pass) -> {
          Tensor slopes = weights.in(pass).permute(reversed); // column by column: transposed
          return torch.where(x.lt(new Scalar(0)), x.mul(slopes), x);
        });
  }
}
