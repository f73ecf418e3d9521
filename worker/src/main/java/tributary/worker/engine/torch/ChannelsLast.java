package tributary.worker.engine.torch;

import org.bytedeco.pytorch.Tensor;

/** Layers of DL4J's formats NHWC, NWC and NDHWC, computed by what takes channels first. */
final class ChannelsLast {
  private ChannelsLast() {}

  /** A layer of channels-last values, from one of channels-first values. */
  static TorchLayer around(TorchLayer layer) {
    return (input, pass) -> {
      Masked output = layer.forward(first(input), pass);
      return new Masked(output.values().movedim(1, -1), input.mask());
    };
  }

  /** An output of channels-last values and labels, from one of channels-first ones. */
  static TorchOutput around(TorchOutput output) {
    TorchLayer activations = around((TorchLayer) output);
    return new TorchOutput() {
      @Override
      public Masked forward(Masked input, Pass pass) {
        return activations.forward(input, pass);
      }

      @Override
      public Tensor loss(Masked input, Masked labels, Pass pass) {
        return output.loss(first(input), first(labels), pass);
      }
    };
  }

  /** A mask that has channels, too, is moved along with the values. */
  private static Masked first(Masked last) {
    Tensor values = last.values();
    Tensor mask = last.mask();
    boolean indices = !values.is_floating_point(); // class indices have no channels
    boolean aligned = mask != null && mask.dim() == values.dim();
    return new Masked(
        indices ? values : values.movedim(-1, 1), aligned ? mask.movedim(-1, 1) : mask);
  }
}
