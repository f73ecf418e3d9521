package tributary.datasets.text;

import java.util.Arrays;
import java.util.function.IntFunction;
import tributary.datasets.Checks;

/**
 * Documents one after the other as one long text, each followed by {@link Vocabulary#END}. Knows
 * their lengths, not their tokens. Not changed after construction: safe for several threads.
 */
public final class DocumentStream {
  /** Place in the text at which each document starts, then that behind the last. */
  private final long[] starts;

  /**
   * Joins documents.
   *
   * @param lengths tokens of each document, in the order of the text, at least 0
   */
  public DocumentStream(int[] lengths) {
    starts = new long[lengths.length + 1];
    for (int i = 0; i < lengths.length; i++) {
      Checks.argument(lengths[i] >= 0, "the length of a document must be >= 0, got %d", lengths[i]);
      starts[i + 1] = starts[i] + lengths[i] + 1;
    }
  }

  /** Tokens of the whole text. */
  public long tokens() {
    return starts[starts.length - 1];
  }

  /** The document, {@code 0..documents-1}, that a place of the text lies in. */
  public int document(long place) {
    Checks.argument(place >= 0 && place < tokens(), "place %d of %d tokens", place, tokens());
    int found = Arrays.binarySearch(starts, place);
    return found >= 0 ? found : -found - 2;
  }

  /**
   * A part of the text.
   *
   * @param from first place
   * @param count of places; {@code from + count} is at most {@link #tokens}
   * @param documents gives the numbers of a document's tokens; asked once for each that is touched
   */
  public int[] slice(long from, int count, IntFunction<int[]> documents) {
    Checks.argument(
        from >= 0 && count >= 0 && from <= tokens() - count,
        "slice of %d from %d is not inside 0..%d",
        count,
        from,
        tokens());
    int[] slice = new int[count];
    int filled = 0;
    while (filled < count) {
      int document = document(from + filled);
      int skip = (int) (from + filled - starts[document]);
      int length = (int) (starts[document + 1] - starts[document]) - 1;
      int[] tokens = documents.apply(document);
      Checks.argument(
          tokens.length == length,
          "document %d: expected %d tokens, got %d",
          document,
          length,
          tokens.length);
      int taken = Math.min(length - skip, count - filled);
      System.arraycopy(tokens, skip, slice, filled, taken);
      filled += taken;
      if (filled < count) {
        slice[filled++] = Vocabulary.END;
      }
    }
    return slice;
  }
}
