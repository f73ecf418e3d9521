package tributary.worker.engine.torch;

import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.Deconvolution2D;
import org.deeplearning4j.nn.conf.layers.Deconvolution3D;

/**
 * Transposed convolutions: what a convolution's input would get back from its output. In mode
 * "Same" the output is the input's size times the stride.
 */
final class Deconvolutions {
  private Deconvolutions() {}

  static TorchLayer ofImages(Site site) {
    Deconvolution2D layer = site.as(Deconvolution2D.class);
    return Convolutions.inFormat(
        site, layer.getCnn2dDataFormat(), sums(site, layer, site.parameter("W")));
  }

  /** Weights {@code [depth, height, width, out, in]}. */
  static TorchLayer ofVolumes(Site site) {
    Deconvolution3D layer = site.as(Deconvolution3D.class);
    Parameter weights = site.parameter("W");
    Parameter kernels = pass -> weights.in(pass).permute(4, 3, 0, 1, 2);
    return Convolutions.inFormat(site, layer.getDataFormat(), sums(site, layer, kernels));
  }

  /** Products with kernels {@code [in, out, (depth, height,) width]}, plus biases. */
  private static TorchLayer sums(Site site, ConvolutionLayer layer, Parameter kernels) {
    Window window = Window.of(layer);
    Parameter bias = Convolutions.bias(site);
    boolean same = window.mode() == ConvolutionMode.Same;
    long[] excess = window.each(i -> same ? window.extent(i) - window.stride()[i] : 0);
    long[] cut = window.each(i -> same ? Math.max(0, excess[i]) / 2 : window.padding()[i]);
    long[] more = window.each(i -> Math.max(0, -excess[i]));
    Operation operation =
        window.dimensions() == 3 ? torch::conv_transpose3d : torch::conv_transpose2d;
    return (input, pass) -> {
      site.require(Formats.masksExamples(input) || window.keepsSize(), "masks of pixels here");
      Tensor sums =
          operation.apply(
              input.values(),
              kernels.in(pass),
              bias.optional(pass),
              window.stride(),
              cut,
              more,
              /* groups= */ 1,
              window.dilation());
      return input.with(aligned(sums, excess));
    };
  }

  /** One of libtorch's transposed convolutions; the general one knows no autocast. */
  private interface Operation {
    Tensor apply(
        Tensor input,
        Tensor kernels,
        TensorOptional bias,
        long[] stride,
        long[] padding,
        long[] outputPadding,
        long groups,
        long[] dilation);
  }

  /**
   * Sums in their place: the operation cuts the same from both sides, but one more at the end if
   * the excess is odd; and it puts all of what is missing at the end, but half belongs before.
   */
  private static Tensor aligned(Tensor sums, long... excess) {
    Tensor aligned = sums;
    for (int i = 0; i < excess.length; i++) {
      int dimension = 2 + i;
      if (excess[i] < -1) {
        aligned = aligned.roll(new long[] {-excess[i] / 2}, dimension);
      } else if (excess[i] > 0 && excess[i] % 2 == 1) {
        aligned = aligned.narrow(dimension, 0, aligned.size(dimension) - 1);
      }
    }
    return aligned;
  }
}
