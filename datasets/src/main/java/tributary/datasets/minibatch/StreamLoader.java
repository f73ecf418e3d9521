package tributary.datasets.minibatch;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import tributary.datasets.minibatch.Minibatch.Masks;
import tributary.datasets.minibatch.Minibatch.Reading;
import tributary.datasets.text.ContiguousStreams;
import tributary.datasets.text.Vocabulary;

/**
 * Reads the windows of a long text, in whose every step the next token is to be told. A minibatch
 * whose lanes are those of the one before, a window further, goes on with them. A label that is
 * unknown does not count.
 */
final class StreamLoader implements Loader {
  private final DocumentTokens text;
  private final ContiguousStreams streams;
  private final int vocabulary;
  private final AtomicLong readNanos = new AtomicLong();
  private long[] before = new long[0];

  /**
   * A loader of windows.
   *
   * @param vocabulary size
   */
  StreamLoader(DocumentTokens text, ContiguousStreams streams, int vocabulary) {
    this.text = text;
    this.streams = streams;
    this.vocabulary = vocabulary;
  }

  @Override
  public Loaded load(long[] numbers, SideBySide threads, BooleanSupplier cancelled)
      throws IOException {
    int steps = streams.steps();
    int[] labels = new int[Math.multiplyExact(numbers.length, steps)];
    float[] features = new float[labels.length];
    float[] mask = new float[labels.length];
    float[] labelMask = new float[labels.length];
    threads.run(
        numbers.length,
        i -> {
          if (!cancelled.getAsBoolean()) {
            fill(numbers[i], i * steps, features, mask, labels, labelMask);
          }
        });
    if (cancelled.getAsBoolean()) {
      return null;
    }
    Reading reading = goesOn(numbers) ? Reading.CONTINUED : Reading.BEGINNING;
    before = numbers.clone();
    return new Loaded(
        new Minibatch(
            numbers.clone(),
            features,
            new int[] {numbers.length, 1, steps},
            labels,
            vocabulary,
            /* softLabels= */ null,
            Masks.ofSteps(mask, labelMask, reading)),
        /* leftOut= */ List.of(),
        /* origins= */ List.of());
  }

  @Override
  public InputTimes times() {
    return new InputTimes(readNanos.get(), 0, 0, 0);
  }

  /** Padding and masks are zeros already. */
  private void fill(
      long number, int at, float[] features, float[] mask, int[] labels, float[] labelMask)
      throws IOException {
    long began = System.nanoTime();
    int lane = (int) (number % streams.lanes());
    long window = number / streams.lanes();
    int length = streams.length(lane, window);
    int[] tokens = length == 0 ? new int[1] : text.slice(streams.first(lane, window), length + 1);
    for (int step = 0; step < length; step++) {
      features[at + step] = tokens[step];
      mask[at + step] = 1;
      labels[at + step] = tokens[step + 1];
      labelMask[at + step] = tokens[step + 1] == Vocabulary.UNKNOWN ? 0 : 1;
    }
    readNanos.addAndGet(System.nanoTime() - began);
  }

  private boolean goesOn(long[] numbers) {
    boolean same = numbers.length == before.length;
    for (int i = 0; same && i < numbers.length; i++) {
      same = numbers[i] == before[i] + streams.lanes();
    }
    return same && numbers.length > 0;
  }
}
