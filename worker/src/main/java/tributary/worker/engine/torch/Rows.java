package tributary.worker.engine.torch;

import org.bytedeco.pytorch.Tensor;

/** Sequences and images as rows of features, one for each step or pixel of each example. */
final class Rows {
  private Rows() {}

  /**
   * All vectors along dimension 1, one a row.
   *
   * @param values {@code [n, c]}, {@code [n, c, steps]}, {@code [n, c, height, width]} and so on,
   *     or class indices (int64) without the second dimension
   * @return {@code [rows, c]}, or {@code [rows]} for class indices
   */
  static Tensor of(Tensor values) {
    if (!values.is_floating_point()) {
      return values.flatten();
    }
    return values.dim() == 2 ? values : values.movedim(1, -1).reshape(-1, values.size(1));
  }

  /**
   * The weights of the rows of some values.
   *
   * @param mask of each example {@code [n, 1]}, of each step {@code [n, steps]}, or in the shape of
   *     the values but for dimensions of 1; null if all count
   * @param values the mask is of
   * @return {@code [rows, 1]} or {@code [rows, c]}; null without a mask
   */
  static Tensor ofMask(Tensor mask, Tensor values) {
    if (mask == null) {
      return null;
    }
    Tensor full = alike(mask, values);
    long[] shape = values.shape();
    shape[1] = full.size(1);
    return of(full.expand(shape));
  }

  /** A mask with as many dimensions as the values, so that it can be multiplied with them. */
  static Tensor alike(Tensor mask, Tensor values) {
    Tensor full = mask;
    if (values.dim() == 3 && mask.dim() == 2) {
      return mask.unsqueeze(1);
    }
    while (full.dim() < values.dim()) {
      full = full.unsqueeze(-1);
    }
    return full;
  }
}
