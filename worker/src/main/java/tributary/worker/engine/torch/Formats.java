package tributary.worker.engine.torch;

import org.bytedeco.pytorch.Tensor;
import org.deeplearning4j.nn.conf.CNN2DFormat;
import org.deeplearning4j.nn.conf.DataFormat;
import org.deeplearning4j.nn.conf.RNNFormat;
import org.deeplearning4j.nn.conf.layers.Convolution3D;

/** Layers of images, on values of another layout. */
final class Formats {
  private Formats() {}

  /** Whether the channels are the last dimension, not the second. */
  static boolean channelsLast(DataFormat format) {
    return format == CNN2DFormat.NHWC
        || format == RNNFormat.NWC
        || format == Convolution3D.DataFormat.NDHWC;
  }

  /**
   * A layer for values of a format.
   *
   * @param layer computes on channels-first values. If the format is channels last they are views,
   *     which libtorch's convolutions take as they are: nothing is copied.
   */
  static TorchLayer channelsFirst(DataFormat format, TorchLayer layer) {
    if (!channelsLast(format)) {
      return layer;
    }
    return (input, pass) -> moved(layer.forward(moved(input, -1, 1), pass), 1, -1);
  }

  /** An output for values and labels of a format, from one of channels-first ones. */
  static TorchOutput channelsFirst(DataFormat format, TorchOutput output) {
    if (!channelsLast(format)) {
      return output;
    }
    return new TorchOutput() {
      @Override
      public Masked forward(Masked input, Pass pass) {
        return moved(output.forward(moved(input, -1, 1), pass), 1, -1);
      }

      @Override
      public Tensor loss(Masked input, Masked labels, Pass pass) {
        return output.loss(moved(input, -1, 1), moved(labels, -1, 1), pass);
      }
    };
  }

  /** An activation over values of a format, for a layer on channels-first values. */
  static TorchActivation inFormat(DataFormat format, TorchActivation activation) {
    if (!channelsLast(format)) {
      return activation;
    }
    return (sums, noise) -> activation.apply(sums.movedim(1, -1), noise).movedim(-1, 1);
  }

  /** Class indices have no channels, and of masks only those in the shape of the values. */
  private static Masked moved(Masked masked, long from, long to) {
    Tensor values = masked.values();
    Tensor mask = masked.mask();
    boolean likeValues = mask != null && mask.dim() == values.dim();
    return new Masked(
        values.is_floating_point() ? values.movedim(from, to) : values,
        likeValues ? mask.movedim(from, to) : mask);
  }

  /**
   * A layer of sequences {@code [n, channels, steps]} with masks {@code [n, steps]}.
   *
   * @param images computes on images one row high
   */
  static TorchLayer steps(TorchLayer images) {
    return (input, pass) -> {
      Tensor mask = input.mask();
      Tensor rows = mask == null ? null : mask.unsqueeze(1).unsqueeze(2);
      Masked output = images.forward(new Masked(input.values().unsqueeze(2), rows), pass);
      return new Masked(
          output.values().squeeze(2), mask == null ? null : output.mask().squeeze(2).squeeze(1));
    };
  }

  /** Whether a mask, if there is one, is of whole examples: then it fits values of any size. */
  static boolean masksExamples(Masked masked) {
    Tensor mask = masked.mask();
    return mask == null || mask.numel() == mask.size(0);
  }
}
