package tributary.driver.spark;

import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.apache.spark.api.java.JavaSparkContext;
import tributary.datasets.Checks;
import tributary.driver.DaemonThreads;

/**
 * Cancels jobs that wait for executors that do not come: Spark itself would wait for ever. An
 * application without work may be without executors as long as it likes. Driver only.
 */
final class ExecutorWatch {
  private static final Duration PERIOD = Duration.ofMillis(500);

  private final Cluster cluster;
  private final Duration timeout;
  private final LongSupplier nanoTime;
  private long lastFine;

  ExecutorWatch(Cluster cluster, Duration timeout, LongSupplier nanoTime) {
    this.cluster = cluster;
    this.timeout = timeout;
    this.nanoTime = nanoTime;
    this.lastFine = nanoTime.getAsLong();
  }

  /** What is watched. */
  interface Cluster {
    int executors();

    int[] jobs();

    /** Spark's message is then "Job N cancelled" and the reason. */
    void cancel(int job, String reason);
  }

  /** Watches a context until it is stopped; one whose tasks run in this process needs no watch. */
  static void start(JavaSparkContext spark, Duration timeout) {
    if (spark.isLocal()) {
      return;
    }
    ExecutorWatch watch = new ExecutorWatch(new OfSpark(spark), timeout, System::nanoTime);
    ScheduledExecutorService timer =
        Executors.newSingleThreadScheduledExecutor(new DaemonThreads("executor-watch"));
    ScheduledFuture<?> unused =
        timer.scheduleWithFixedDelay(
            () -> {
              if (spark.sc().isStopped()) {
                timer.shutdown();
              } else {
                watch.look();
              }
            },
            PERIOD.toMillis(),
            PERIOD.toMillis(),
            TimeUnit.MILLISECONDS);
  }

  /** Looks once; to be called again and again. */
  void look() {
    int[] jobs = cluster.jobs();
    if (jobs.length == 0 || cluster.executors() > 0) {
      lastFine = nanoTime.getAsLong();
    } else if (nanoTime.getAsLong() - lastFine > timeout.toNanos()) {
      for (int job : jobs) {
        cluster.cancel(
            job,
            Checks.format(
                "because the cluster has had no executor for %d s (run.cluster-timeout-seconds); see"
                    + " its logs, then run the command again, train with --resume",
                timeout.toSeconds()));
      }
    }
  }

  private record OfSpark(JavaSparkContext spark) implements Cluster {
    /** The driver keeps blocks, too, and is counted among those who do. */
    @Override
    public int executors() {
      return spark.sc().getExecutorMemoryStatus().size() - 1;
    }

    @Override
    public int[] jobs() {
      return spark.statusTracker().getActiveJobIds();
    }

    @Override
    public void cancel(int job, String reason) {
      spark.sc().cancelJob(job, reason);
    }
  }
}
