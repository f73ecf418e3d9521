package tributary.driver.round;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.apache.spark.api.java.JavaSparkContext;
import tributary.driver.DaemonThreads;

/**
 * Jobs that can be given up together: what does not end in time is cancelled, and who waits for it
 * is interrupted. Driver only; for one thread.
 */
final class JobGroup implements AutoCloseable {
  /** Spark's name for the group of a thread's jobs. */
  static final String PROPERTY = "spark.jobGroup.id";

  private static final String INTERRUPT = "spark.job.interruptOnCancel";

  private final JavaSparkContext spark;
  private final String name;
  private final Duration timeout;
  private final ScheduledExecutorService timer;

  /**
   * A group.
   *
   * @param timeout zero for none
   */
  JobGroup(JavaSparkContext spark, String name, Duration timeout) {
    this.spark = spark;
    this.name = name;
    this.timeout = timeout;
    this.timer = Executors.newSingleThreadScheduledExecutor(new DaemonThreads("job-timeout"));
  }

  /** What was given up. */
  static final class LateException extends Exception {
    private static final long serialVersionUID = 1;

    private LateException(Throwable cause) {
      super(cause);
    }
  }

  /**
   * Runs a call whose jobs become the group's.
   *
   * @throws LateException if it did not end in time
   */
  <T> T run(Callable<T> call) throws Exception {
    String group = spark.getLocalProperty(PROPERTY);
    String interrupt = spark.getLocalProperty(INTERRUPT);
    spark.setLocalProperty(PROPERTY, name);
    spark.setLocalProperty(INTERRUPT, "true");
    Wait wait = new Wait(Thread.currentThread());
    ScheduledFuture<?> end =
        timeout.isZero()
            ? null
            : timer.schedule(wait::giveUp, timeout.toNanos(), TimeUnit.NANOSECONDS);
    try {
      return call.call();
    } catch (Exception e) {
      throw wait.isGivenUp() ? new LateException(e) : e;
    } finally {
      wait.end();
      if (end != null) {
        end.cancel(/* mayInterruptIfRunning= */ false);
      }
      spark.setLocalProperty(PROPERTY, group);
      spark.setLocalProperty(INTERRUPT, interrupt);
    }
  }

  @Override
  public void close() {
    timer.shutdownNow();
  }

  /** One call's wait, which either ends or is given up first. */
  private final class Wait {
    private final Thread waiting;
    private boolean ended;
    private boolean givenUp;

    Wait(Thread waiting) {
      this.waiting = waiting;
    }

    synchronized void giveUp() {
      if (!ended) {
        givenUp = true;
        spark.sc().cancelJobGroup(name);
        waiting.interrupt();
      }
    }

    synchronized boolean isGivenUp() {
      return givenUp;
    }

    /** An interrupt that came too late must not hit what follows. */
    synchronized void end() {
      ended = true;
      if (givenUp) {
        Thread.interrupted();
      }
    }
  }
}
