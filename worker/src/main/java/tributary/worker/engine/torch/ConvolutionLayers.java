package tributary.worker.engine.torch;

import java.util.Arrays;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.deeplearning4j.nn.conf.CNN2DFormat;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.PoolingType;
import org.deeplearning4j.nn.conf.layers.SubsamplingLayer;

/** Layers of images {@code [n, channels, height, width]}. */
final class ConvolutionLayers {
  private ConvolutionLayers() {}

  static TorchLayer convolution(Site site) {
    ConvolutionLayer layer = site.as(ConvolutionLayer.class);
    site.require(layer.getCnn2dDataFormat() == CNN2DFormat.NCHW, "channels-last input");
    Parameter weights = site.parameter("W");
    Parameter bias = site.parameter("b", layer.hasBias());
    long[] stride = longs(layer.getStride());
    long[] dilation = longs(layer.getDilation());
    Padding padding =
        Padding.of(
            site,
            layer.getConvolutionMode(),
            longs(layer.getKernelSize()),
            stride,
            dilation,
            longs(layer.getPadding()));
    TorchActivation activation = TorchActivations.of(layer.getActivationFn(), site);
    return TorchLayer.ofValues(
        (input, pass) ->
            activation.apply(
                torch.conv2d(
                    padding.apply(input, 0),
                    weights.in(pass),
                    bias.optional(pass),
                    stride,
                    padding.symmetric(),
                    dilation,
                    1),
                pass.noise()));
  }

  static TorchLayer pooling(Site site) {
    SubsamplingLayer layer = site.as(SubsamplingLayer.class);
    site.require(layer.getCnn2dDataFormat() == CNN2DFormat.NCHW, "channels-last input");
    long[] kernel = longs(layer.getKernelSize());
    long[] stride = longs(layer.getStride());
    long[] dilation = longs(layer.getDilation());
    Padding padding =
        Padding.of(
            site, layer.getConvolutionMode(), kernel, stride, dilation, longs(layer.getPadding()));
    PoolingType type = PoolingType.valueOf(layer.getPoolingType().name());
    site.require(type == PoolingType.MAX, "pooling but maximum");
    return TorchLayer.ofValues(
        (input, pass) ->
            torch.max_pool2d(
                padding.apply(input, Double.NEGATIVE_INFINITY),
                kernel,
                stride,
                padding.symmetric(),
                dilation,
                false));
  }

  private static long[] longs(int[] values) {
    return Arrays.stream(values).asLongStream().toArray();
  }

  /**
   * What is put around an image before a window moves over it: the same on both sides, which the
   * operation does itself, or DL4J's mode "Same", whose right and lower edge may get one more.
   *
   * @param same whether the mode is "Same"
   * @param window extent of the window, holes included
   * @param stride of the window
   * @param symmetric rows and columns on either side; zeros in mode "Same"
   */
  @SuppressWarnings("ArrayRecordComponent") // two numbers each; never compared
  private record Padding(boolean same, long[] window, long[] stride, long[] symmetric) {
    static Padding of(
        Site site,
        ConvolutionMode mode,
        long[] kernel,
        long[] stride,
        long[] dilation,
        long[] given) {
      site.require(mode != ConvolutionMode.Causal, "convolution mode Causal");
      long[] window = new long[2];
      for (int i = 0; i < 2; i++) {
        window[i] = (kernel[i] - 1) * dilation[i] + 1;
      }
      boolean same = mode == ConvolutionMode.Same;
      return new Padding(same, window, stride, same ? new long[2] : given);
    }

    Tensor apply(Tensor input, double value) {
      if (!same) {
        return input;
      }
      long rows = missing(input.size(2), 0);
      long columns = missing(input.size(3), 1);
      if (rows == 0 && columns == 0) {
        return input;
      }
      long[] edges = {columns / 2, columns - columns / 2, rows / 2, rows - rows / 2};
      return torch.constant_pad_nd(input, edges, new Scalar(value));
    }

    /** So many more rows (or columns) make the output as large as the input over the stride. */
    private long missing(long size, int dimension) {
      long outputs = (size + stride[dimension] - 1) / stride[dimension];
      return Math.max(0, (outputs - 1) * stride[dimension] + window[dimension] - size);
    }
  }
}
