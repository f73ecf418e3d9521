package tributary.worker.engine.torch;

import org.bytedeco.pytorch.Tensor;

/** A loss together with the activation before it. */
@FunctionalInterface
interface TorchLoss {
  /**
   * The loss summed over all rows, a scalar; part of the autograd graph.
   *
   * @param sums what the output layer computes before its activation, {@code [rows, outputs]}
   * @param labels the same shape, or class indices {@code [rows]} (int64)
   * @param mask what the score of each row {@code [rows, 1]} or of each output {@code [rows,
   *     outputs]} is multiplied by, 0 or 1; null if all count
   */
  Tensor sum(Tensor sums, Tensor labels, Tensor mask);
}
