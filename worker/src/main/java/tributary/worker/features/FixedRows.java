package tributary.worker.features;

import tributary.datasets.minibatch.Minibatch;
import tributary.datasets.minibatch.Minibatch.Masks;

/** Minibatches filled up to one number of rows. */
final class FixedRows {
  private FixedRows() {}

  /**
   * A minibatch whose examples lie in given places, with zeros around them.
   *
   * @param some examples, in their order
   * @param places of them, ascending: an example's rows begin at its place times {@code views}
   * @param rows of the whole
   * @param views rows of each example
   */
  static Minibatch of(Minibatch some, int[] places, int rows, int views) {
    if (some.size() == rows) {
      return some;
    }
    int values = some.features().length / some.size();
    int labels = some.labelsPerExample();
    int[] shape = some.shape().clone();
    shape[0] = rows;
    float[] features = new float[Math.multiplyExact(rows, values)];
    for (int i = 0; i < places.length; i++) {
      System.arraycopy(
          some.features(),
          i * views * values,
          features,
          places[i] * views * values,
          views * values);
    }
    return new Minibatch(
        new long[rows],
        features,
        shape,
        new int[rows * labels],
        some.classes(),
        /* softLabels= */ null,
        some.masks() == null ? null : masks(some, places, rows, labels));
  }

  /** What is put around has one step, since none would be nothing to compute with. */
  private static Masks masks(Minibatch some, int[] places, int rows, int labels) {
    int steps = some.shape()[2];
    float[] mask = new float[Math.multiplyExact(rows, steps)];
    for (int row = 0; row < rows; row++) {
      mask[row * steps] = 1;
    }
    for (int i = 0; i < places.length; i++) {
      System.arraycopy(some.masks().steps(), i * steps, mask, places[i] * steps, steps);
    }
    return new Masks(mask, new float[rows * labels], some.masks().byStep(), some.masks().reading());
  }
}
