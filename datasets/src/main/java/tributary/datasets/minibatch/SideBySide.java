package tributary.datasets.minibatch;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Does numbered pieces of work on several threads: the caller's, and helpers that wait in between.
 * For one calling thread.
 */
final class SideBySide implements AutoCloseable {
  private final int helpers;
  private final ExecutorService pool;

  /**
   * Threads for the work to come.
   *
   * @param threads at least 1, the caller's among them
   * @param name of the helpers
   */
  SideBySide(int threads, String name) {
    this.helpers = threads - 1;
    this.pool =
        helpers == 0
            ? null
            : Executors.newFixedThreadPool(
                helpers,
                work -> {
                  Thread thread = new Thread(work, name);
                  thread.setDaemon(true);
                  return thread;
                });
  }

  /** How many there are, the caller's among them. */
  int threads() {
    return helpers + 1;
  }

  /** One piece of work. */
  interface Piece {
    void of(int number) throws IOException;
  }

  /**
   * Does pieces {@code 0..count-1}, begun in this order; when one fails no more are begun.
   *
   * @throws IOException or what else the failed piece with the lowest number threw
   */
  void run(int count, Piece piece) throws IOException {
    Work work = new Work(count, piece);
    List<Future<?>> running = new ArrayList<>();
    for (int i = 0; i < helpers; i++) {
      running.add(pool.submit(work));
    }
    work.run();
    for (Future<?> helper : running) {
      await(helper);
    }
    work.rethrow();
  }

  @Override
  public void close() {
    if (pool != null) {
      pool.shutdown();
    }
  }

  private static void await(Future<?> helper) throws IOException {
    try {
      helper.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      InterruptedIOException interrupted = new InterruptedIOException("interrupted while decoding");
      interrupted.initCause(e);
      throw interrupted;
    } catch (ExecutionException e) {
      throw new IllegalStateException("work keeps its own errors", e);
    }
  }

  /** Pieces that threads take one by one. */
  private static final class Work implements Runnable {
    private final int count;
    private final Piece piece;
    private final AtomicInteger next = new AtomicInteger();

    /** Of the failed pieces the one with the lowest number. Guarded by {@code this}. */
    private int failed = Integer.MAX_VALUE;

    private Throwable failure;

    Work(int count, Piece piece) {
      this.count = count;
      this.piece = piece;
    }

    @Override
    public void run() {
      for (int i = next.getAndIncrement(); i < count && !hasFailed(); i = next.getAndIncrement()) {
        try {
          piece.of(i);
        } catch (Throwable e) {
          fail(i, e);
        }
      }
    }

    private synchronized boolean hasFailed() {
      return failure != null;
    }

    private synchronized void fail(int number, Throwable e) {
      if (number < failed) {
        failed = number;
        failure = e;
      }
    }

    synchronized void rethrow() throws IOException {
      if (failure instanceof IOException io) {
        throw io;
      } else if (failure instanceof RuntimeException runtime) {
        throw runtime;
      } else if (failure instanceof Error error) {
        throw error;
      }
    }
  }
}
