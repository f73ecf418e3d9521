package tributary.worker.engine.torch;

import org.bytedeco.pytorch.Tensor;
import org.nd4j.linalg.activations.IActivation;
import org.nd4j.linalg.lossfunctions.ILossFunction;

/** Layers that end a network with an activation and a loss. */
final class Outputs {
  private Outputs() {}

  /**
   * An output over whatever a layer sums up; its activations are zero where the mask says padding.
   *
   * @param sums gives {@code [n, outputs]}, {@code [n, outputs, steps]} or an image of outputs; the
   *     loss is taken over the outputs of every example, step and pixel
   */
  static TorchOutput of(TorchLayer sums, IActivation activation, ILossFunction loss, Site site) {
    TorchLayer unmasked = activations(activation, site);
    return new Output(
        sums,
        (z, pass) -> z.with(DenseLayers.masked(unmasked.forward(z, pass).values(), z.mask())),
        TorchLosses.of(loss, activation, site));
  }

  /** An output like {@link #of} whose mask is the loss's alone. */
  static TorchOutput unmasked(
      TorchLayer sums, IActivation activation, ILossFunction loss, Site site) {
    return new Output(sums, activations(activation, site), TorchLosses.of(loss, activation, site));
  }

  /** Of rows, so that softmax is taken over the outputs. */
  private static TorchLayer activations(IActivation activation, Site site) {
    TorchActivation function = TorchActivations.of(activation, site);
    return TorchLayer.ofValues((z, pass) -> Rows.back(function.apply(Rows.of(z), pass.noise()), z));
  }

  private record Output(TorchLayer sums, TorchLayer activation, TorchLoss judge)
      implements TorchOutput {
    @Override
    public Masked forward(Masked input, Pass pass) {
      return activation.forward(sums.forward(input, pass), pass);
    }

    @Override
    public Tensor loss(Masked input, Masked labels, Pass pass) {
      Masked z = sums.forward(input, pass);
      Tensor mask = labels.mask() == null ? z.mask() : labels.mask();
      Tensor values = Autocast.widened(z.values());
      return judge.sum(Rows.of(values), Rows.of(labels.values()), Rows.ofMask(mask, values));
    }
  }
}
