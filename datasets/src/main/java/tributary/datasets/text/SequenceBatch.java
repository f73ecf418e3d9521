package tributary.datasets.text;

import tributary.datasets.Checks;

/**
 * Sequences of one optimizer step, filled up to one length; arrays are not copied.
 *
 * <p>Every sequence has at least one step whose mask is 1, so that a mean over its steps never
 * divides by zero. A mean over labels divides by {@link #counted}; a minibatch where that is 0 has
 * nothing to learn from and is to be left out.
 *
 * @param size number of sequences, at least 1
 * @param steps common length, at least 1
 * @param tokens numbers of a {@link Vocabulary}, row-major {@code [size][steps]}
 * @param mask 1 where there is a token, 0 where the sequence is filled up, {@code [size][steps]}
 * @param labels class indices {@code [size]} or {@code [size][steps]}; 0 where they do not count
 * @param labelMask 1 where a label counts, else 0; as many as labels
 * @param truncated sequences that were cut to the longest length allowed
 */
@SuppressWarnings("ArrayRecordComponent") // hot path; never compared
public record SequenceBatch(
    int size,
    int steps,
    int[] tokens,
    float[] mask,
    int[] labels,
    float[] labelMask,
    int truncated) {
  /** Refuses arrays that do not fit each other. */
  public SequenceBatch {
    Checks.argument(size >= 1 && steps >= 1, "%d sequences of %d steps", size, steps);
    int values = Math.multiplyExact(size, steps);
    Checks.argument(
        tokens.length == values && mask.length == values,
        "expected %d tokens and masks, got %d and %d",
        values,
        tokens.length,
        mask.length);
    Checks.argument(
        (labels.length == size || labels.length == values) && labelMask.length == labels.length,
        "expected %d or %d labels and as many masks, got %d and %d",
        size,
        values,
        labels.length,
        labelMask.length);
  }

  /** How many labels count. */
  public int counted() {
    int counted = 0;
    for (float one : labelMask) {
      counted += one > 0 ? 1 : 0;
    }
    return counted;
  }

  /** The numbers as features of shape {@code {size, 1, steps}}, for an embedding. */
  public float[] asFeatures() {
    float[] features = new float[tokens.length];
    for (int i = 0; i < features.length; i++) {
      features[i] = tokens[i];
    }
    return features;
  }

  /**
   * One-hot features of shape {@code {size, features, steps}}; none where a sequence is filled up.
   *
   * @param features size of the vocabulary
   */
  public float[] asOneHot(int features) {
    float[] oneHot = new float[Math.multiplyExact(Math.multiplyExact(size, features), steps)];
    for (int i = 0; i < tokens.length; i++) {
      Checks.argument(tokens[i] < features, "token %d of a vocabulary of %d", tokens[i], features);
      oneHot[(i / steps * features + tokens[i]) * steps + i % steps] = mask[i];
    }
    return oneHot;
  }
}
