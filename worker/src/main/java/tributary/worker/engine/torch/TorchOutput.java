package tributary.worker.engine.torch;

import org.bytedeco.pytorch.Tensor;

/** A layer that a network ends with: it also says how wrong its activations are. */
interface TorchOutput extends TorchLayer {
  /**
   * The loss, summed over the minibatch, a scalar.
   *
   * @param input of the layer
   * @param labels what the activations should be, in their shape or as class indices; without a
   *     mask of their own the input's holds
   */
  Tensor loss(Masked input, Masked labels, Pass pass);

  @Override
  default TorchOutput after(TorchLayer first) {
    TorchOutput last = this;
    return new TorchOutput() {
      @Override
      public Masked forward(Masked input, Pass pass) {
        return last.forward(first.forward(input, pass), pass);
      }

      @Override
      public Tensor loss(Masked input, Masked labels, Pass pass) {
        return last.loss(first.forward(input, pass), labels, pass);
      }
    };
  }
}
