package tributary.worker.engine.torch;

import java.util.Arrays;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.MemoryFormat;
import org.deeplearning4j.nn.conf.DataFormat;
import org.deeplearning4j.nn.conf.layers.Convolution1DLayer;
import org.deeplearning4j.nn.conf.layers.Convolution3D;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.DepthwiseConvolution2D;
import org.deeplearning4j.nn.conf.layers.SeparableConvolution2D;
import org.nd4j.linalg.activations.IActivation;

/** Convolutions over sequences, images and volumes. */
final class Convolutions {
  private static final Window POINT = Window.ofOne(2);

  /** Of AVX-512. */
  private static final int VECTOR_FLOATS = 16;

  private Convolutions() {}

  static TorchLayer ofImages(Site site) {
    ConvolutionLayer layer = site.as(ConvolutionLayer.class);
    TorchLayer sums = sums(site.parameter("W"), bias(site), Window.of(layer), 1);
    return inFormat(site, layer.getCnn2dDataFormat(), sums);
  }

  static TorchLayer ofVolumes(Site site) {
    Convolution3D layer = site.as(Convolution3D.class);
    TorchLayer sums = sums(site.parameter("W"), bias(site), Window.of(layer), 1);
    return inFormat(site, layer.getDataFormat(), sums);
  }

  /**
   * Over steps. DL4J calls the weights {@code [out, in, kernel, 1]}, but reads and writes their
   * values as {@code [kernel, in, out]}.
   */
  static TorchLayer ofSequences(Site site) {
    Convolution1DLayer layer = site.as(Convolution1DLayer.class);
    Window window = Window.of(layer).ofSteps();
    Parameter weights = site.parameter("W");
    Parameter kernels =
        pass ->
            weights
                .in(pass)
                .reshape(window.kernel()[1], layer.getNIn(), layer.getNOut(), 1)
                .permute(2, 1, 3, 0);
    TorchLayer sums = Formats.steps(sums(kernels, bias(site), window, 1));
    return inFormat(site, layer.getRnnDataFormat(), sums);
  }

  /** Kernels of each channel alone: {@code W [height, width, in, multiplier]}. */
  static TorchLayer ofChannels(Site site) {
    DepthwiseConvolution2D layer = site.as(DepthwiseConvolution2D.class);
    Parameter weights = site.parameter("W");
    Parameter kernels = pass -> weights.in(pass).permute(2, 3, 0, 1).flatten(0, 1).unsqueeze(1);
    TorchLayer sums = sums(kernels, bias(site), Window.of(layer), layer.getNIn());
    return inFormat(site, layer.getCnn2dDataFormat(), sums);
  }

  /**
   * Kernels of each channel alone, {@code W [multiplier, in, height, width]}, then sums over the
   * channels at each point, {@code pW [out, in * multiplier, 1, 1]}.
   */
  static TorchLayer ofChannelsThenPoints(Site site) {
    SeparableConvolution2D layer = site.as(SeparableConvolution2D.class);
    Parameter weights = site.parameter("W");
    Parameter kernels = pass -> weights.in(pass).transpose(0, 1).flatten(0, 1).unsqueeze(1);
    TorchLayer channels = sums(kernels, Parameter.NONE, Window.of(layer), layer.getNIn());
    TorchLayer points = sums(site.parameter("pW"), bias(site), POINT, 1);
    return inFormat(site, layer.getCnn2dDataFormat(), points.after(channels));
  }

  static Parameter bias(Site site) {
    return site.parameter("b", site.as(ConvolutionLayer.class).hasBias());
  }

  /** Sums with the layer's activation, for values of a format. */
  static TorchLayer inFormat(Site site, DataFormat format, TorchLayer sums) {
    IActivation function = site.as(ConvolutionLayer.class).getActivationFn();
    TorchActivation activation = Formats.inFormat(format, TorchActivations.of(function, site));
    return Formats.channelsFirst(
        format,
        (input, pass) -> {
          Masked z = sums.forward(input, pass);
          return z.with(activation.apply(z.values(), pass.noise()));
        });
  }

  /**
   * Products with kernels {@code [out, in / groups, (depth, height,) width]}, in groups of channels
   * that don't see each other, plus biases.
   */
  private static TorchLayer sums(Parameter kernels, Parameter bias, Window window, long groups) {
    Operation operation = window.dimensions() == 3 ? torch::conv3d : torch::conv2d;
    return (input, pass) -> {
      Window.Padded padded = window.forConvolution(input.values());
      boolean apart = skipsPoints(window, padded);
      Tensor sums =
          operation.apply(
              apart ? points(padded.values(), window.stride()) : padded.values(),
              channelsLast(kernels.in(pass)),
              bias.optional(pass),
              apart ? POINT.stride() : window.stride(),
              padded.padding(),
              window.dilation(),
              groups);
      return new Masked(sums, window.reduce(input.mask()));
    };
  }

  /**
   * Whether a convolution only leaves out points of images with few channels. oneDNN's own way to
   * do that writes beyond its memory in the gradient of the kernels, where channels lie side by
   * side and are fewer than a vector register holds:
   * https://github.com/uxlfoundation/oneDNN/issues/6035.
   */
  private static boolean skipsPoints(Window window, Window.Padded padded) {
    return window.dimensions() == 2
        && window.volume() == 1
        && Arrays.stream(window.stride()).anyMatch(step -> step > 1)
        && Arrays.stream(padded.padding()).allMatch(width -> width == 0)
        && padded.values().size(1) < VECTOR_FLOATS;
  }

  private static Tensor points(Tensor images, long... stride) {
    LongOptional all = new LongOptional();
    return images.slice(2, all, all, stride[0]).slice(3, all, all, stride[1]);
  }

  /** One of libtorch's convolutions; the general one, over any dimensions, knows no autocast. */
  private interface Operation {
    Tensor apply(
        Tensor input,
        Tensor kernels,
        TensorOptional bias,
        long[] stride,
        long[] padding,
        long[] dilation,
        long groups);
  }

  /**
   * Kernels of images with the channels of each point side by side: libtorch then computes the
   * images that way, too, up to six times faster, and all layers in between keep to it.
   */
  private static Tensor channelsLast(Tensor kernels) {
    if (kernels.dim() != 4) {
      return kernels;
    }
    // of one channel libtorch takes both ways to lie for the same, and goes by the strides
    return kernels.size(1) == 1
        ? kernels.contiguous().squeeze(1).unsqueeze(-1).permute(0, 3, 1, 2)
        : kernels.contiguous(MemoryFormat.ChannelsLast);
  }
}
