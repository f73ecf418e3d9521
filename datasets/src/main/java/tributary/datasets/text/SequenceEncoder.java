package tributary.datasets.text;

import java.util.Arrays;
import java.util.List;
import tributary.datasets.Checks;

/**
 * Lays sequences of different lengths side by side: those that are too long lose their ends, those
 * that are shorter than the longest are filled up with {@link Vocabulary#PADDING} and masked.
 *
 * <p>A document without any word of the vocabulary, empty or all unknown, has nothing to be learned
 * from: its label does not count. It is one {@link Vocabulary#UNKNOWN} then, so that it has a step.
 *
 * @param maxLength steps that a sequence may have, at least 1
 */
public record SequenceEncoder(int maxLength) {
  /** Refuses a length below 1. */
  public SequenceEncoder {
    Checks.argument(maxLength >= 1, "the longest sequence must be >= 1, got %d", maxLength);
  }

  /**
   * Documents with a class each.
   *
   * @param documents numbers of a {@link Vocabulary}, at least one document
   * @param classes of each document, {@code >= 0}
   */
  public SequenceBatch documents(List<int[]> documents, int[] classes) {
    Checks.argument(
        documents.size() == classes.length,
        "%d documents with %d classes",
        documents.size(),
        classes.length);
    Layout layout = new Layout(documents, /* more= */ 0);
    float[] labelMask = new float[classes.length];
    int[] labels = new int[classes.length];
    for (int i = 0; i < classes.length; i++) {
      layout.put(i, 0, documents.get(i));
      if (isKnown(documents.get(i))) {
        labels[i] = classes[i];
        labelMask[i] = 1;
      }
    }
    return layout.batch(labels, labelMask);
  }

  /**
   * Sentences with a tag for each word. Words that are unknown count: neighbours tell their tags.
   *
   * @param sentences numbers of a {@link Vocabulary}, at least one sentence
   * @param tags class index of each word; below 0 for a tag that training does not know, which does
   *     not count
   */
  public SequenceBatch tagged(List<int[]> sentences, List<int[]> tags) {
    Checks.argument(
        sentences.size() == tags.size(), "%d sentences, %d of tags", sentences.size(), tags.size());
    Layout layout = new Layout(sentences, /* more= */ 0);
    Labels labels = new Labels(layout);
    for (int i = 0; i < sentences.size(); i++) {
      Checks.argument(
          sentences.get(i).length == tags.get(i).length,
          "a sentence of %d words has %d tags",
          sentences.get(i).length,
          tags.get(i).length);
      layout.put(i, 0, sentences.get(i));
      labels.put(i, 0, tags.get(i), /* notCounted= */ -1);
    }
    return layout.batch(labels.labels, labels.mask);
  }

  /**
   * Documents whose next token is to be told: a document comes as {@link Vocabulary#BEGIN} and its
   * tokens, labels are its tokens and {@link Vocabulary#END}. A label that is unknown does not
   * count.
   *
   * @param documents numbers of a {@link Vocabulary}, at least one document
   */
  public SequenceBatch nextTokens(List<int[]> documents) {
    Layout layout = new Layout(documents, /* more= */ 1);
    Labels labels = new Labels(layout);
    for (int i = 0; i < documents.size(); i++) {
      int[] document = documents.get(i);
      layout.put(i, 0, new int[] {Vocabulary.BEGIN});
      layout.put(i, 1, document);
      if (isKnown(document)) {
        labels.put(i, 0, document, Vocabulary.UNKNOWN);
        labels.put(i, document.length, new int[] {Vocabulary.END}, Vocabulary.UNKNOWN);
      }
    }
    return layout.batch(labels.labels, labels.mask);
  }

  private static boolean isKnown(int[] document) {
    return Arrays.stream(document).anyMatch(token -> token != Vocabulary.UNKNOWN);
  }

  /** The arrays of a batch while they are filled. */
  private final class Layout {
    private final int size;
    private final int steps;
    private final int truncated;
    private final int[] tokens;
    private final float[] mask;

    /**
     * As long as the longest.
     *
     * @param more steps that each sequence has besides its tokens
     */
    Layout(List<int[]> sequences, int more) {
      Checks.argument(!sequences.isEmpty(), "a minibatch must have a sequence");
      size = sequences.size();
      int longest = sequences.stream().mapToInt(s -> s.length + more).max().orElse(1);
      steps = Math.max(1, Math.min(longest, maxLength));
      truncated = (int) sequences.stream().filter(s -> s.length + more > steps).count();
      tokens = new int[Math.multiplyExact(size, steps)];
      mask = new float[tokens.length];
      for (int row = 0; row < size; row++) {
        put(row, 0, new int[] {Vocabulary.UNKNOWN});
      }
    }

    void put(int row, int step, int[] values) {
      int count = Math.min(values.length, steps - step);
      for (int i = 0; i < count; i++) {
        tokens[row * steps + step + i] = values[i];
        mask[row * steps + step + i] = 1;
      }
    }

    SequenceBatch batch(int[] labels, float[] labelMask) {
      return new SequenceBatch(size, steps, tokens, mask, labels, labelMask, truncated);
    }
  }

  /** A label for each step. */
  private static final class Labels {
    private final int steps;
    private final int[] labels;
    private final float[] mask;

    Labels(Layout layout) {
      steps = layout.steps;
      labels = new int[layout.tokens.length];
      mask = new float[labels.length];
    }

    void put(int row, int step, int[] values, int notCounted) {
      int count = Math.min(values.length, steps - step);
      for (int i = 0; i < count; i++) {
        if (values[i] != notCounted && values[i] >= 0) {
          labels[row * steps + step + i] = values[i];
          mask[row * steps + step + i] = 1;
        }
      }
    }
  }
}
