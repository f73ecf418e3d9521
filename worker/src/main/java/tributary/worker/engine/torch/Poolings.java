package tributary.worker.engine.torch;

import java.util.function.UnaryOperator;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;
import org.deeplearning4j.nn.conf.layers.PoolingType;
import org.deeplearning4j.nn.conf.layers.Subsampling3DLayer;
import org.deeplearning4j.nn.conf.layers.SubsamplingLayer;

/** Layers that make one value out of all that a window sees, in each channel. */
final class Poolings {
  private Poolings() {}

  static TorchLayer ofImages(Site site) {
    SubsamplingLayer layer = site.as(SubsamplingLayer.class);
    return Formats.channelsFirst(layer.getCnn2dDataFormat(), pooling(layer, Window.of(layer)));
  }

  static TorchLayer ofSequences(Site site) {
    SubsamplingLayer layer = site.as(SubsamplingLayer.class);
    return Formats.channelsFirst(
        layer.getCnn2dDataFormat(), Formats.steps(pooling(layer, Window.of(layer).ofSteps())));
  }

  static TorchLayer ofVolumes(Site site) {
    Subsampling3DLayer layer = site.as(Subsampling3DLayer.class);
    Window window = Window.of(layer);
    return Formats.channelsFirst(
        layer.getDataFormat(),
        pooling(
            window,
            layer.getPoolingType() == PoolingType.MAX
                ? x -> maximum(x, window)
                : x -> mean(x, window)));
  }

  private static TorchLayer pooling(SubsamplingLayer layer, Window window) {
    return pooling(
        window,
        switch (layer.getPoolingType()) {
          case MAX -> x -> maximum(x, window);
          case SUM -> x -> sum(x, window, 1);
          case PNORM -> x -> norm(x, window, layer.getPnorm());
          case AVG ->
              layer.isAvgPoolIncludePadInDivisor()
                  ? x -> sum(x, window, window.volume())
                  : x -> mean(x, window);
        });
  }

  private static TorchLayer pooling(Window window, UnaryOperator<Tensor> function) {
    return (input, pass) -> new Masked(function.apply(input.values()), window.reduce(input.mask()));
  }

  static Tensor maximum(Tensor x, Window window) {
    Window.Padded padded = window.forPooling(x, Double.NEGATIVE_INFINITY);
    return window.dimensions() == 2
        ? torch.max_pool2d(
            padded.values(),
            window.kernel(),
            window.stride(),
            padded.padding(),
            window.dilation(),
            padded.ceil())
        : torch.max_pool3d(
            padded.values(),
            window.kernel(),
            window.stride(),
            padded.padding(),
            window.dilation(),
            padded.ceil());
  }

  /** The mean of what a window sees, padding left out. */
  private static Tensor mean(Tensor x, Window window) {
    if (!window.dilated()) {
      Window.Padded padded = window.forPooling(x, 0);
      if (padded.values().numel() == x.numel()) {
        return average(padded, window, new LongOptional());
      }
    }
    Tensor ones = torch.ones_like(x.narrow(0, 0, 1).narrow(1, 0, 1));
    return sum(x, window, 1).div(sum(ones, window, 1));
  }

  /** The p-norm of what a window sees; where that is all zero, so is the slope. */
  private static Tensor norm(Tensor x, Window window, int p) {
    Tensor powers = sum(x.abs().pow(new Scalar(p)), window, 1);
    Tensor some = powers.gt(new Scalar(0));
    return powers.where(some, new Scalar(1)).pow(new Scalar(1.0 / p)).mul(some);
  }

  /** The sum of what a window sees, over a divisor. */
  private static Tensor sum(Tensor x, Window window, long divisor) {
    return window.dilated()
        ? dilatedSum(x, window, divisor)
        : average(window.forPooling(x, 0), window, new LongOptional(divisor));
  }

  private static Tensor average(Window.Padded padded, Window window, LongOptional divisor) {
    return window.dimensions() == 2
        ? torch.avg_pool2d(
            padded.values(),
            window.kernel(),
            window.stride(),
            padded.padding(),
            padded.ceil(),
            /* count_include_pad= */ false,
            divisor)
        : torch.avg_pool3d(
            padded.values(),
            window.kernel(),
            window.stride(),
            padded.padding(),
            padded.ceil(),
            /* count_include_pad= */ false,
            divisor);
  }

  /** Averages in libtorch know no dilation: this is a convolution, each channel an own image. */
  private static Tensor dilatedSum(Tensor x, Window window, long divisor) {
    Window.Padded padded = window.forConvolution(x.flatten(0, 1).unsqueeze(1));
    long[] shape = new long[2 + window.dimensions()];
    shape[0] = 1;
    shape[1] = 1;
    System.arraycopy(window.kernel(), 0, shape, 2, window.dimensions());
    return torch
        .convolution(
            padded.values(),
            x.new_full(shape, new Scalar(1.0 / divisor)),
            new TensorOptional(),
            window.stride(),
            padded.padding(),
            window.dilation(),
            /* transposed= */ false,
            new long[window.dimensions()],
            /* groups= */ 1)
        .unflatten(0, x.size(0), x.size(1))
        .squeeze(2);
  }
}
