package tributary.datasets.minibatch;

import java.util.Arrays;
import tributary.datasets.Checks;

/**
 * The examples of one optimizer step; arrays are not copied.
 *
 * @param numbers of the examples, as really read: global in the split, in manifest order
 * @param features row-major values of that shape; of images, normalized pixels; of texts, the
 *     numbers of their tokens
 * @param shape {@code {size, channels, height, width}} of images, {@code {size, features, steps}}
 *     of sequences, {@code {size, features}} of vectors; size 0 where every example was left out
 * @param labels class indices {@code [size]}, or of sequences with a label at each step {@code
 *     [size][steps]}, each in {@code 0..classes-1}
 * @param classes number of classes of the dataset
 * @param softLabels the share of each class that the network is to tell, where that is not the
 *     label alone: row-major {@code [size][classes]}, with a label at each step {@code
 *     [size][classes][steps]}; null where it is
 * @param masks which steps and labels count; null where all do
 */
@SuppressWarnings("ArrayRecordComponent") // hot path; never compared
public record Minibatch(
    long[] numbers,
    float[] features,
    int[] shape,
    int[] labels,
    int classes,
    float[] softLabels,
    Masks masks) {
  /** Refuses values that do not fit the description above. */
  public Minibatch {
    Checks.argument(
        shape.length >= 2 && shape.length <= 4,
        "minibatch shape must have 2 to 4 sizes, got %d",
        shape.length);
    int size = shape[0];
    int steps = shape.length == 3 ? shape[2] : 1;
    long expected = masks == null || masks.byStep() ? (long) size * steps : size;
    Checks.argument(
        size >= 0 && labels.length == expected && size == numbers.length,
        "minibatch of size %d must have %d labels and %d numbers, got %d and %d",
        size,
        expected,
        size,
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
    Checks.argument(
        masks == null
            || (masks.steps().length == (long) size * steps
                && masks.labels().length == labels.length),
        "minibatch of %d sequences of %d steps with %d labels must have a mask for each step and"
            + " each label",
        size,
        steps,
        labels.length);
  }

  /** Where the sequences of a minibatch begin. */
  public enum Reading {
    /** With it, and they end with it. */
    WHOLE,
    /** With it; the next minibatch may go on with them. */
    BEGINNING,
    /** Each where the same row of the minibatch before ended: a network remembers what it read. */
    CONTINUED
  }

  /**
   * What counts of sequences that were filled up to one length.
   *
   * @param steps 1 where a sequence has a step, 0 where it is filled up: {@code [size][steps]}
   * @param labels 1 where a label counts, else 0; as many as labels
   * @param byStep whether each step has a label, and not each sequence
   * @param reading where the sequences begin
   */
  @SuppressWarnings("ArrayRecordComponent") // hot path; never compared
  public record Masks(float[] steps, float[] labels, boolean byStep, Reading reading) {
    /** Of sequences with a label each. */
    public static Masks ofSequences(float[] steps, float[] labels) {
      return new Masks(steps, labels, /* byStep= */ false, Reading.WHOLE);
    }

    /** Of sequences with a label at each step. */
    public static Masks ofSteps(float[] steps, float[] labels, Reading reading) {
      return new Masks(steps, labels, /* byStep= */ true, reading);
    }

    private int counted() {
      int counted = 0;
      for (float one : labels) {
        counted += one > 0 ? 1 : 0;
      }
      return counted;
    }
  }

  /** Examples of one class each. */
  public Minibatch(long[] numbers, float[] features, int[] shape, int[] labels, int classes) {
    this(numbers, features, shape, labels, classes, null);
  }

  /** Examples that count with all their steps. */
  public Minibatch(
      long[] numbers,
      float[] features,
      int[] shape,
      int[] labels,
      int classes,
      float[] softLabels) {
    this(numbers, features, shape, labels, classes, softLabels, null);
  }

  /** The same examples with soft labels. */
  public Minibatch with(float[] shares) {
    return new Minibatch(numbers, features, shape, labels, classes, shares, masks);
  }

  /** Number of examples. */
  public int size() {
    return shape[0];
  }

  /** Whether every example was left out: there is nothing to compute with. */
  public boolean isEmpty() {
    return size() == 0;
  }

  /** How many labels count: what a step on this minibatch weighs. */
  public int countedLabels() {
    return masks == null ? labels.length : masks.counted();
  }

  /** Where the sequences begin. */
  public Reading reading() {
    return masks == null ? Reading.WHOLE : masks.reading();
  }

  /** Labels of one example: the steps of a sequence that has one at each, 1 otherwise. */
  public int labelsPerExample() {
    return isLabelledByStep() ? shape[2] : 1;
  }

  /** Whether there is a label at each step of a sequence. */
  public boolean isLabelledByStep() {
    return shape.length == 3 && (masks == null || masks.byStep());
  }
}
