package tributary.datasets.minibatch;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.Map;
import tributary.datasets.shard.BadExampleException;
import tributary.datasets.shard.Dataset;
import tributary.datasets.shard.LabelledExample;
import tributary.datasets.text.DocumentStream;
import tributary.datasets.text.ExampleTokens;

/**
 * The documents of a split as one long text, which is read where it is asked for. Those that were
 * read last are kept: lanes come back to a document again and again. Safe for several threads.
 */
public final class DocumentTokens {
  /** Tokens of the documents that are kept, unless a single one has more: 64 MB. */
  private static final long MOST_KEPT = 1 << 24;

  private final Dataset dataset;
  private final String split;
  private final ExampleTokens tokens;
  private final DocumentStream stream;

  /** By document, the one unused for longest first. Guarded by {@code this}. */
  private final LinkedHashMap<Integer, int[]> kept = new LinkedHashMap<>(16, 0.75f, true);

  /** Guarded by {@code this}. */
  private long keptTokens;

  /**
   * The text of a split.
   *
   * @param tokens of the vocabulary that the dataset was packed with
   */
  public DocumentTokens(Dataset dataset, String split, ExampleTokens tokens) throws IOException {
    this.dataset = dataset;
    this.split = split;
    this.tokens = tokens;
    this.stream = new DocumentStream(dataset.tokenCounts(split));
  }

  /** Tokens of the whole text, with the ends of documents. */
  public long size() {
    return stream.tokens();
  }

  /**
   * A part of the text.
   *
   * @throws BadExampleException if a document cannot be used: none can be left out of a text
   */
  int[] slice(long from, int count) throws IOException {
    try {
      return stream.slice(from, count, this::document);
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  private int[] document(int number) {
    synchronized (this) {
      int[] known = kept.get(number);
      if (known != null) {
        return known;
      }
    }
    int[] read = read(number);
    synchronized (this) {
      if (kept.put(number, read) == null) {
        keptTokens += read.length;
      }
      while (keptTokens > MOST_KEPT && kept.size() > 1) {
        Map.Entry<Integer, int[]> eldest = kept.entrySet().iterator().next();
        keptTokens -= eldest.getValue().length;
        kept.remove(eldest.getKey());
      }
    }
    return read;
  }

  private int[] read(int number) {
    try {
      LabelledExample example = dataset.read(split, number);
      try {
        return tokens.of(example.example());
      } catch (BadExampleException e) {
        throw new BadExampleException(
            "Bad example "
                + example.bad(split, e.getMessage()).describe()
                + "; a language model's text cannot go without it: pack the dataset again");
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
