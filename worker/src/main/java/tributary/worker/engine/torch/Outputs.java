package tributary.worker.engine.torch;

import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.nd4j.linalg.activations.IActivation;
import org.nd4j.linalg.lossfunctions.ILossFunction;

/** Layers that end a network with an activation and a loss. */
final class Outputs {
  private Outputs() {}

  /**
   * An output over whatever a layer sums up.
   *
   * @param sums gives {@code [n, outputs]}, {@code [n, outputs, steps]} or an image of outputs; the
   *     loss is taken over the outputs of every example, step and pixel
   */
  static TorchOutput of(TorchLayer sums, IActivation activation, ILossFunction loss, Site site) {
    TorchActivation function = TorchActivations.of(activation, site);
    TorchLoss judge = TorchLosses.of(loss, activation, site);
    return new TorchOutput() {
      @Override
      public Masked forward(Masked input, Pass pass) {
        Masked z = sums.forward(input, pass);
        Tensor activations = overFeatures(function, z.values(), pass);
        return z.with(DenseLayers.masked(activations, z.mask()));
      }

      @Override
      public Tensor loss(Masked input, Masked labels, Pass pass) {
        Masked z = sums.forward(input, pass);
        Tensor mask = labels.mask() == null ? z.mask() : labels.mask();
        Tensor values = z.values().to(ScalarType.Float); // losses are too fine for 16 bits
        return judge.sum(Rows.of(values), Rows.of(labels.values()), Rows.ofMask(mask, values));
      }
    };
  }

  /** An activation of all features of an example, step or pixel works on the last dimension. */
  private static Tensor overFeatures(TorchActivation function, Tensor sums, Pass pass) {
    return sums.dim() == 2
        ? function.apply(sums, pass.noise())
        : function.apply(sums.movedim(1, -1), pass.noise()).movedim(-1, 1);
  }
}
