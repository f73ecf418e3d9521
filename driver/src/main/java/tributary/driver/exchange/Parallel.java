package tributary.driver.exchange;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import tributary.driver.DaemonThreads;

/** Works on slices a few at a time: one computes while others wait for the network. */
final class Parallel {
  private static final int AT_A_TIME = 3;
  private static final ExecutorService THREADS =
      Executors.newCachedThreadPool(new DaemonThreads("slices"));

  private Parallel() {}

  /**
   * Does it for {@code 0..count-1}, in any order, and waits until nobody is at it any more, done or
   * failed: what slices are put into may then be used again. An interrupted call does not wait.
   *
   * @throws IOException the first failure of a slice
   * @throws InterruptedIOException if this thread is interrupted
   */
  static void each(int count, Piece piece) throws IOException {
    AtomicInteger next = new AtomicInteger();
    List<Future<Void>> workers = new ArrayList<>();
    for (int i = 0; i < Math.min(AT_A_TIME, count); i++) {
      workers.add(THREADS.submit(() -> doAll(next, count, piece)));
    }
    IOException failure = null;
    for (Future<Void> worker : workers) {
      try {
        await(worker);
      } catch (InterruptedIOException e) {
        throw e;
      } catch (IOException e) {
        failure = failure == null ? e : failure;
      }
    }
    if (failure != null) {
      throw failure;
    }
  }

  private static Void doAll(AtomicInteger next, int count, Piece piece) throws IOException {
    boolean isDone = false;
    try {
      for (int i = next.getAndIncrement(); i < count; i = next.getAndIncrement()) {
        piece.run(i);
      }
      isDone = true;
    } finally {
      if (!isDone) {
        next.set(count); // no other slice is worth beginning
      }
    }
    return null;
  }

  private static void await(Future<Void> worker) throws IOException {
    try {
      worker.get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof Error error) {
        throw error;
      }
      throw e.getCause() instanceof IOException lost ? lost : new IOException(e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while working on slices");
    }
  }

  /** What is done for one slice. */
  interface Piece {
    void run(int number) throws IOException;
  }
}
