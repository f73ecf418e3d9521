package tributary.worker.engine.torch;

import org.bytedeco.pytorch.Tensor;

/** The end of a network: what its last layer's sums mean. */
interface TorchOutput {
  /** Activations {@code [size][outputs]} of sums of the same shape. */
  Tensor activations(Tensor sums);

  /**
   * Mean loss over the minibatch, a scalar.
   *
   * @param sums {@code [size][outputs]}
   * @param labels class indices {@code [size]}
   */
  Tensor loss(Tensor sums, Tensor labels);
}
