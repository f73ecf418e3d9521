package tributary.worker.engine.torch;

import org.bytedeco.pytorch.Tensor;

/** A loss function together with the activation whose sums it judges. */
@FunctionalInterface
interface TorchLoss {
  /**
   * The loss of all rows, a scalar.
   *
   * @param sums before the output's activation, {@code [rows, outputs]}
   * @param labels of the same shape, or class indices {@code [rows]} (int64)
   * @param mask weight of each row {@code [rows, 1]} or value {@code [rows, outputs]}; null if all
   *     count
   */
  Tensor sum(Tensor sums, Tensor labels, Tensor mask);
}
