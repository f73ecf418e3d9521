package tributary.driver.exchange;

import java.io.Serializable;
import java.util.stream.Stream;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.util.LongAccumulator;

/**
 * What the tasks of an exchange spend their time on, in nanoseconds, summed over tasks. For the
 * clock alone: an accumulator counts a task twice that ran twice.
 *
 * @param gather fetching and decoding the vectors that the replicas start from
 * @param work what the replicas are there for
 * @param serialise writing slices to the shuffle
 * @param shuffle waiting for slices and reading them
 * @param sum averaging, and keeping the means for others to fetch
 */
record Phases(
    LongAccumulator gather,
    LongAccumulator work,
    LongAccumulator serialise,
    LongAccumulator shuffle,
    LongAccumulator sum)
    implements Serializable {
  private static final double NANOS = 1e9;

  static Phases of(JavaSparkContext spark) {
    return new Phases(
        spark.sc().longAccumulator("gather ns"),
        spark.sc().longAccumulator("work ns"),
        spark.sc().longAccumulator("serialise ns"),
        spark.sc().longAccumulator("shuffle ns"),
        spark.sc().longAccumulator("sum ns"));
  }

  void reset() {
    Stream.of(gather, work, serialise, shuffle, sum).forEach(LongAccumulator::reset);
  }

  /**
   * The tasks' time as shares of the job's wall time.
   *
   * @param publish nanoseconds that the driver took
   * @param running nanoseconds from the job's start to its end
   * @param collect nanoseconds that the driver took
   */
  ExchangeTimes times(long publish, long running, long collect, AveragingJob<?> job) {
    double gathering = seconds(gather) / job.replicasAtATime();
    double working = seconds(work) / job.replicasAtATime();
    double serialising = seconds(serialise) / job.replicasAtATime();
    double shuffling = seconds(shuffle) / job.reducersAtATime();
    double summing = seconds(sum) / job.reducersAtATime();
    double busy = gathering + working + serialising + shuffling + summing;
    return new ExchangeTimes(
        publish / NANOS,
        gathering,
        working,
        serialising,
        shuffling,
        summing,
        collect / NANOS,
        running / NANOS - busy);
  }

  private static double seconds(LongAccumulator nanos) {
    return nanos.value() / NANOS;
  }

  /** Runs a piece of a task and adds the time it took. */
  static <T, E extends Exception> T time(LongAccumulator phase, Timed<T, E> piece) throws E {
    long start = System.nanoTime();
    try {
      return piece.run();
    } finally {
      phase.add(System.nanoTime() - start);
    }
  }

  /** A piece of a task. */
  interface Timed<T, E extends Exception> {
    T run() throws E;
  }
}
