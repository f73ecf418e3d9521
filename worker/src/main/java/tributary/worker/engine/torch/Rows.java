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

  /** Rows in the shape of the values that they were made of. */
  static Tensor back(Tensor rows, Tensor values) {
    return values.dim() == 2 ? rows : rows.view(values.movedim(1, -1).shape()).movedim(-1, 1);
  }

  /**
   * The weights of the rows of some values.
   *
   * @param mask of each example {@code [n, 1]}, of each step {@code [n, steps]} or pixel {@code [n,
   *     height, width]}, or in the shape of the values but for dimensions of 1; null if all count
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

  /**
   * A mask with as many dimensions as the values, so that it can be multiplied with them.
   *
   * @param mask of each example {@code [n, 1]}, or without the values' channels: {@code [n, steps]}
   *     for sequences, {@code [n, height, width]} for images
   */
  static Tensor alike(Tensor mask, Tensor values) {
    Tensor full = mask.dim() == values.dim() - 1 ? mask.unsqueeze(1) : mask;
    while (full.dim() < values.dim()) {
      full = full.unsqueeze(-1);
    }
    return full;
  }
}
