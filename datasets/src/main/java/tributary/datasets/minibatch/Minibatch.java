package tributary.datasets.minibatch;

import tributary.datasets.Checks;

/**
 * The examples of one optimizer step; arrays are not copied.
 *
 * @param numbers of the examples, as really read: global in the split, in manifest order
 * @param features normalized pixels, row-major {@code [size][channels][height][width]}
 * @param shape {@code {size, channels, height, width}}, size at least 1
 * @param labels class indices {@code [size]}, each in {@code 0..classes-1}
 * @param classes number of classes of the dataset
 */
@SuppressWarnings("ArrayRecordComponent") // hot path; never compared
public record Minibatch(long[] numbers, float[] features, int[] shape, int[] labels, int classes) {
  /** Refuses values that do not fit the description above. */
  public Minibatch {
    Checks.argument(shape.length == 4, "minibatch shape must have 4 sizes, got %d", shape.length);
    Checks.argument(
        shape[0] >= 1 && shape[0] == labels.length && shape[0] == numbers.length,
        "minibatch of size %d must have as many labels and numbers, got %d and %d",
        shape[0],
        labels.length,
        numbers.length);
    long values = (long) shape[0] * shape[1] * shape[2] * shape[3];
    Checks.argument(
        features.length == values,
        "minibatch must have %d feature values, got %d",
        values,
        features.length);
  }

  /** Number of examples. */
  public int size() {
    return shape[0];
  }
}
