package tributary.worker.engine.torch;

import java.util.List;
import org.bytedeco.pytorch.Tensor;

/**
 * Values and which of them count, as they flow between layers or stand as labels.
 *
 * @param values examples first: {@code [n, features]}, {@code [n, features, steps]}, {@code [n,
 *     channels, height, width]} or {@code [n, channels, depth, height, width]}; labels may also be
 *     class indices (int64) without the second dimension
 * @param mask 1 for what counts and 0 for padding, {@code [n, steps]} for sequences, {@code [n, 1]}
 *     or the shape of the values otherwise; null if all count
 */
record Masked(Tensor values, Tensor mask) {
  /** Values that all count. */
  static Masked all(Tensor values) {
    return new Masked(values, null);
  }

  /** What is held in memory: the values and, if there is one, the mask. */
  List<Tensor> tensors() {
    return mask == null ? List.of(values) : List.of(values, mask);
  }

  /** Other values under the same mask. */
  Masked with(Tensor other) {
    return new Masked(other, mask);
  }
}
