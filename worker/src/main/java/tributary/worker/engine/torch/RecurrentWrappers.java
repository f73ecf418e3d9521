package tributary.worker.engine.torch;

import java.util.function.BinaryOperator;
import java.util.function.Function;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.deeplearning4j.nn.conf.RNNFormat;
import org.deeplearning4j.nn.conf.layers.recurrent.Bidirectional;
import org.deeplearning4j.nn.conf.layers.recurrent.LastTimeStep;
import org.deeplearning4j.nn.conf.layers.recurrent.TimeDistributed;
import org.deeplearning4j.nn.conf.layers.util.MaskZeroLayer;
import org.deeplearning4j.util.TimeSeriesUtils;

/** Layers around a layer of sequences. */
final class RecurrentWrappers {
  private RecurrentWrappers() {}

  static TorchLayer bidirectional(Site site) {
    return bidirectional(site, LayerTable::compile);
  }

  /** Tells the mask to the layers inside. */
  static TorchLayer heedingBidirectional(Site site) {
    return bidirectional(site, RecurrentLayers::heeding);
  }

  private static TorchLayer bidirectional(Site site, Function<Site, TorchLayer> compiler) {
    Bidirectional layer = site.as(Bidirectional.class);
    RNNFormat format = layer.getRNNDataFormat();
    return bothWays(
        site,
        compiler.apply(site.inner(layer.getFwd(), "f")),
        compiler.apply(site.inner(layer.getBwd(), "b")),
        merge(layer.getMode(), format),
        format);
  }

  /** Schuster and Paliwal, IEEE Transactions on Signal Processing 45(11), 1997. */
  static TorchLayer bothWays(
      Site site,
      TorchLayer there,
      TorchLayer back,
      BinaryOperator<Tensor> merge,
      RNNFormat format) {
    return (input, pass) -> {
      site.require(!pass.inSegments(), "way back over sequences that are trained in segments");
      Masked forth = there.forward(input, pass);
      Masked reversed = back.forward(Sequences.reversed(input, format), pass);
      Tensor second = Sequences.reversed(reversed, format).values();
      return forth.with(merge.apply(forth.values(), second));
    };
  }

  private static BinaryOperator<Tensor> merge(Bidirectional.Mode mode, RNNFormat format) {
    return switch (mode) {
      case ADD -> (there, back) -> there.add(back);
      case MUL -> (there, back) -> there.mul(back);
      case AVERAGE -> (there, back) -> there.add(back).mul(new Scalar(0.5));
      case CONCAT ->
          (there, back) -> torch.cat(new TensorVector(there, back), Sequences.features(format));
    };
  }

  static TorchLayer lastTimeStep(Site site) {
    LastTimeStep layer = site.as(LastTimeStep.class);
    RNNFormat format = TimeSeriesUtils.getFormatFromRnnLayer(layer.getUnderlying());
    TorchLayer inner = RecurrentLayers.heeding(site.inner(layer.getUnderlying(), ""));
    return (input, pass) -> Masked.all(Sequences.last(inner.forward(input, pass), format));
  }

  static TorchLayer maskZero(Site site) {
    TorchLayer telling = tellingMaskZero(site);
    return (input, pass) -> Masked.all(telling.forward(input, pass).values());
  }

  /** Also tells the layers around it which steps count: those with any value but one. */
  static TorchLayer tellingMaskZero(Site site) {
    MaskZeroLayer layer = site.as(MaskZeroLayer.class);
    RNNFormat format = TimeSeriesUtils.getFormatFromRnnLayer(layer.getUnderlying());
    TorchLayer inner = RecurrentLayers.heeding(site.inner(layer.getUnderlying(), ""));
    Scalar padding = new Scalar(layer.getMaskingValue());
    return (input, pass) -> {
      Tensor counts = input.values().ne(padding).any(Sequences.features(format));
      return inner.forward(new Masked(input.values(), counts.to(input.values())), pass);
    };
  }

  /** The layer inside sees the steps of all examples as rows. */
  static TorchLayer timeDistributed(Site site) {
    TimeDistributed layer = site.as(TimeDistributed.class);
    RNNFormat format = layer.getRnnDataFormat();
    TorchLayer inner = LayerTable.compile(site.inner(layer.getUnderlying(), ""));
    return (input, pass) -> {
      Tensor values = Sequences.stepsLast(input.values(), format);
      Tensor mask = input.mask() == null ? null : input.mask().reshape(-1, 1);
      Tensor rows = inner.forward(new Masked(Rows.of(values), mask), pass).values();
      Tensor steps = rows.reshape(values.size(0), values.size(2), -1).transpose(1, 2);
      return input.with(Sequences.stepsLast(steps, format));
    };
  }
}
