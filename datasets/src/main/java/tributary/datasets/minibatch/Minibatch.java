package tributary.datasets.minibatch;

import java.util.Arrays;
import tributary.datasets.Checks;

/**
 * The examples of one optimizer step; arrays are not copied.
 *
 * @param numbers of the examples, as really read: global in the split, in manifest order
 * @param features row-major values of that shape; of images, normalized pixels
 * @param shape {@code {size, channels, height, width}} of images, {@code {size, features, steps}}
 *     of sequences, {@code {size, features}} of vectors; size 0 where every example was left out
 * @param labels class indices {@code [size]}, or for sequences {@code [size][steps]}, each in
 *     {@code 0..classes-1}
 * @param classes number of classes of the dataset
 * @param softLabels the share of each class that the network is to tell, where that is not the
 *     label alone: row-major {@code [size][classes]}, of sequences {@code [size][classes][steps]};
 *     null where it is
 */
@SuppressWarnings("ArrayRecordComponent") // hot path; never compared
public record Minibatch(
    long[] numbers, float[] features, int[] shape, int[] labels, int classes, float[] softLabels) {
  /** Refuses values that do not fit the description above. */
  public Minibatch {
    Checks.argument(
        shape.length >= 2 && shape.length <= 4,
        "minibatch shape must have 2 to 4 sizes, got %d",
        shape.length);
    int steps = shape.length == 3 ? shape[2] : 1;
    Checks.argument(
        shape[0] >= 0 && labels.length == (long) shape[0] * steps && shape[0] == numbers.length,
        "minibatch of size %d with %d labels each must have as many labels and numbers, got %d and"
            + " %d",
        shape[0],
        steps,
        labels.length,
        numbers.length);
    long values = Arrays.stream(shape).asLongStream().reduce(1, Math::multiplyExact);
    Checks.argument(
        features.length == values,
        "minibatch must have %d feature values, got %d",
        values,
        features.length);
    Checks.argument(
        softLabels == null || softLabels.length == (long) labels.length * classes,
        "minibatch must have %d shares of classes, got %d",
        (long) labels.length * classes,
        softLabels == null ? 0 : softLabels.length);
  }

  /** Examples of one class each. */
  public Minibatch(long[] numbers, float[] features, int[] shape, int[] labels, int classes) {
    this(numbers, features, shape, labels, classes, null);
  }

  /** The same examples with soft labels. */
  public Minibatch with(float[] shares) {
    return new Minibatch(numbers, features, shape, labels, classes, shares);
  }

  /** Number of examples. */
  public int size() {
    return shape[0];
  }

  /** Whether every example was left out: there is nothing to compute with. */
  public boolean isEmpty() {
    return size() == 0;
  }

  /** Labels of one example: the steps of a sequence, 1 otherwise. */
  public int labelsPerExample() {
    return shape.length == 3 ? shape[2] : 1;
  }
}
