package tributary.datasets.minibatch;

import java.io.Closeable;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Queue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tributary.datasets.Checks;
import tributary.datasets.shard.BadExample;
import tributary.datasets.shard.Dataset;
import tributary.datasets.text.ContiguousStreams;

/**
 * The minibatches of some examples, read ahead by one thread, which more may help to decode. For
 * one consumer thread.
 *
 * <p>The reader thread is never interrupted: an interrupt would close the local file that other
 * replicas read through the same dataset. It looks at a flag between two examples instead.
 */
public final class MinibatchReader implements Closeable {
  private static final Logger LOG = LoggerFactory.getLogger(MinibatchReader.class);

  /** How long {@link #close} waits for the read under way. */
  private static final long CLOSE_MILLIS = 10_000;

  /** How long the consumer waits before it looks whether the reader thread still lives. */
  private static final long LOOK_MILLIS = 1_000;

  private final Loader loader;
  private final long[] numbers;
  private final int[] minibatchSizes;
  private final ReadAhead ahead;
  private final Thread thread;

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();

  /** Guarded by {@link #lock}. */
  private final Queue<Loaded> ready = new ArrayDeque<>();

  /** What ended the reader thread before its last minibatch. Guarded by {@link #lock}. */
  private Throwable failure;

  private volatile boolean closed;
  private final List<BadExample> leftOut = new ArrayList<>();
  private List<Origin> origins = List.of();
  private int taken;

  /**
   * Starts to read ahead, with one thread, images of one size that are not changed.
   *
   * @param normalization of the pixels: the one that the model was trained with
   * @param prefetch minibatches read ahead at most, at least 1
   */
  public MinibatchReader(
      Dataset dataset,
      String split,
      Normalization normalization,
      long[] numbers,
      int[] minibatchSizes,
      int prefetch) {
    this(
        dataset,
        split,
        Preprocessing.unchanged(dataset.manifest().images().shape().orElseThrow(), normalization),
        numbers,
        minibatchSizes,
        new ReadAhead(prefetch, 1));
  }

  /** Starts to read ahead; a bad example is an error. */
  public MinibatchReader(
      Dataset dataset,
      String split,
      Preprocessing preprocessing,
      long[] numbers,
      int[] minibatchSizes,
      ReadAhead ahead) {
    this(dataset, split, preprocessing, numbers, minibatchSizes, ahead, OnBadExample.FAIL);
  }

  /**
   * Starts to read ahead.
   *
   * @param dataset stays open until this reader is closed; may be shared with other readers
   * @param preprocessing of the images
   * @param numbers of examples, global in the split, in manifest order
   * @param minibatchSizes examples of each minibatch, each at least 1; they add up to the count of
   *     {@code numbers}
   */
  public MinibatchReader(
      Dataset dataset,
      String split,
      Preprocessing preprocessing,
      long[] numbers,
      int[] minibatchSizes,
      ReadAhead ahead,
      OnBadExample onBadExample) {
    this(
        new ImageLoader(dataset, split, preprocessing, onBadExample),
        numbers,
        minibatchSizes,
        ahead);
  }

  private MinibatchReader(Loader loader, long[] numbers, int[] minibatchSizes, ReadAhead ahead) {
    Checks.argument(
        Arrays.stream(minibatchSizes).allMatch(size -> size >= 1),
        "minibatch sizes must be >= 1, got %s",
        Arrays.toString(minibatchSizes));
    long sum = Arrays.stream(minibatchSizes).asLongStream().sum();
    Checks.argument(
        sum == numbers.length, "minibatch sizes add up to %d for %d examples", sum, numbers.length);
    this.loader = loader;
    this.numbers = numbers.clone();
    this.minibatchSizes = minibatchSizes.clone();
    this.ahead = ahead;
    this.thread = new Thread(this::readAll, "minibatch-reader");
    this.thread.setDaemon(true);
    this.thread.start();
  }

  /** Starts to read texts ahead. */
  public static MinibatchReader ofTexts(
      Dataset dataset,
      String split,
      TextPreprocessing preprocessing,
      long[] numbers,
      int[] minibatchSizes,
      ReadAhead ahead,
      OnBadExample onBadExample) {
    return new MinibatchReader(
        new TextLoader(dataset, split, preprocessing, onBadExample),
        numbers,
        minibatchSizes,
        ahead);
  }

  /**
   * Starts to read windows of a long text ahead.
   *
   * @param vocabulary size
   * @param numbers of windows, as {@link StreamLayout#number} counts them
   */
  public static MinibatchReader ofStream(
      DocumentTokens text,
      ContiguousStreams streams,
      int vocabulary,
      long[] numbers,
      int[] minibatchSizes,
      ReadAhead ahead) {
    return new MinibatchReader(
        new StreamLoader(text, streams, vocabulary), numbers, minibatchSizes, ahead);
  }

  /** Starts to read arrays ahead, by files that stay open until this reader is closed. */
  public static MinibatchReader ofArrays(
      ArrayFiles files, long[] numbers, int[] minibatchSizes, ReadAhead ahead) {
    return new MinibatchReader(new ArrayLoader(files), numbers, minibatchSizes, ahead);
  }

  /** Whether {@link #next} has another minibatch, or the error that stands in its place. */
  public boolean hasNext() {
    return taken < minibatchSizes.length;
  }

  /**
   * The next minibatch; waits for it. Without its bad examples it is shorter than its size, or
   * empty.
   *
   * @throws tributary.datasets.shard.BadExampleException if an example cannot be used, and none may
   *     be left out
   * @throws tributary.datasets.DataException if the dataset is damaged
   * @throws InterruptedIOException if this thread is interrupted; its flag stays set
   * @throws NoSuchElementException after the last
   */
  public Minibatch next() throws IOException {
    if (!hasNext()) {
      throw new NoSuchElementException("no minibatch after number " + taken);
    }
    Loaded next = take();
    taken++;
    leftOut.addAll(next.leftOut());
    origins = next.origins();
    return next.minibatch();
  }

  /**
   * What the examples of the minibatch that came last were, in the order of the numbers; also those
   * that it went without.
   */
  public List<Origin> origins() {
    return origins;
  }

  /** The bad examples that the minibatches so far went without, in the order of the numbers. */
  public List<BadExample> leftOut() {
    return List.copyOf(leftOut);
  }

  /** Of the work so far, the share that was reading, not decoding or augmenting; 0..1. */
  public double readShare() {
    return loader.times().readShare();
  }

  /** What the work so far took, summed over the threads. */
  public InputTimes times() {
    return loader.times();
  }

  /** Stops reading ahead and drops what was read; waits a few seconds at most. */
  @Override
  public void close() {
    closed = true;
    lock.lock();
    try {
      ready.clear();
      changed.signalAll();
    } finally {
      lock.unlock();
    }
    try {
      thread.join(CLOSE_MILLIS);
      if (thread.isAlive()) {
        LOG.warn("A read still hangs {} ms after its reader was closed; left behind", CLOSE_MILLIS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private Loaded take() throws IOException {
    try {
      lock.lockInterruptibly(); // even if nothing must be waited for
    } catch (InterruptedException e) {
      throw interrupted(e);
    }
    try {
      while (ready.isEmpty()) {
        if (closed) {
          throw new IllegalStateException("the minibatch reader is closed");
        }
        rethrow(failure);
        if (!thread.isAlive()) {
          throw new IllegalStateException("the reader thread ended before its last minibatch");
        }
        changed.await(LOOK_MILLIS, TimeUnit.MILLISECONDS);
      }
      changed.signalAll();
      return ready.remove();
    } catch (InterruptedException e) {
      throw interrupted(e);
    } finally {
      lock.unlock();
    }
  }

  private static InterruptedIOException interrupted(InterruptedException cause) {
    Thread.currentThread().interrupt();
    InterruptedIOException interrupted =
        new InterruptedIOException("interrupted while waiting for a minibatch");
    interrupted.initCause(cause);
    return interrupted;
  }

  private static void rethrow(Throwable failure) throws IOException {
    if (failure instanceof IOException io) {
      throw io;
    } else if (failure instanceof RuntimeException runtime) {
      throw runtime;
    } else if (failure instanceof Error error) {
      throw error;
    }
  }

  private void readAll() {
    try (SideBySide threads = new SideBySide(ahead.decodeThreads(), "image-decoder")) {
      int from = 0;
      for (int size : minibatchSizes) {
        long[] some = Arrays.copyOfRange(numbers, from, from + size);
        Loaded loaded = loader.load(some, threads, () -> closed);
        if (loaded == null) {
          return;
        }
        put(loaded);
        from += size;
      }
    } catch (Throwable e) {
      fail(e);
    }
  }

  private void put(Loaded loaded) throws InterruptedException {
    lock.lock();
    try {
      while (ready.size() >= ahead.prefetch() && !closed) {
        changed.await();
      }
      if (!closed) {
        ready.add(loaded);
        changed.signalAll();
      }
    } finally {
      lock.unlock();
    }
  }

  private void fail(Throwable e) {
    lock.lock();
    try {
      failure = e;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }
}
