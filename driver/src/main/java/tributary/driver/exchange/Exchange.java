package tributary.driver.exchange;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.Serializable;
import java.util.HashMap;
import java.util.Map;
import org.apache.spark.api.java.JavaSparkContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tributary.driver.spark.ClusterException;
import tributary.worker.model.ModelState;

/**
 * Takes replicas through their work from one state and averages where they end, as one Spark job of
 * pure functions: R tasks work and cut their states into slices, a shuffle brings a slice of every
 * replica to one task, that task averages it and keeps the mean for all others to fetch. The driver
 * fetches one state and sends at most one, however many replicas there are; a state that tasks have
 * just averaged it need not send. Tasks may be retried, run twice or run in waves; the bytes are
 * the same. Driver only; not for several threads.
 */
public final class Exchange implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Exchange.class);

  /** How often a job is run whose means are lost with the executors that had them. */
  private static final int ATTEMPTS = 4;

  private final JavaSparkContext spark;
  private final Phases phases;

  /** What the executors have, by role. */
  private final Map<String, Offer> offers = new HashMap<>();

  /** An exchange on the executors of {@code spark}. */
  public Exchange(JavaSparkContext spark) {
    this.spark = spark;
    this.phases = Phases.of(spark);
  }

  /** Into how many slices a vector of so many values is cut. */
  public static int slices(int length) {
    return Slices.of(length).count();
  }

  /**
   * Runs the work of every replica.
   *
   * @param start where they begin; its arrays must not change any more
   * @param averagesOptimizer whether the optimizer's values are averaged, too, or stay as they are
   * @throws InterruptedIOException if this thread is interrupted
   * @throws ClusterException if means are lost again and again with the executors that had them
   */
  public <R extends Serializable> Exchanged<R> run(
      int replicas, ModelState start, boolean averagesOptimizer, Work<R> work) throws IOException {
    phases.reset();
    long began = System.nanoTime();
    SharedState from =
        new SharedState(
            offer(SharedState.PARAMETERS, start.parameters()),
            offer(SharedState.OPTIMIZER, start.optimizer()),
            averagesOptimizer);
    SharedState to = from.next(spark, averagesOptimizer);
    long published = System.nanoTime();
    boolean kept = false;
    try (AveragingJob<R> job = new AveragingJob<>(spark, replicas, from, to, work, phases)) {
      AveragingJob.Result<R> result = job.run();
      long averaged = System.nanoTime();
      ModelState mean = start;
      if (result.weight() > 0) {
        mean = collect(job, to);
        keep(to, mean);
        kept = true;
      }
      long collected = System.nanoTime();
      return new Exchanged<>(
          result.reports(),
          mean,
          phases.times(published - began, averaged - published, collected - averaged, job));
    } finally {
      if (!kept) {
        to.destroy();
      }
    }
  }

  private static ModelState collect(AveragingJob<?> job, SharedState to) throws IOException {
    for (int attempt = 1; ; attempt++) {
      try {
        return to.values();
      } catch (InterruptedIOException e) {
        throw e; // the round is given up
      } catch (IOException e) {
        if (attempt == ATTEMPTS) {
          throw new ClusterException(
              "Averages were lost again and again with the executors that had them: "
                  + e.getMessage()
                  + "; go on with --resume when executors stay",
              e);
        }
        LOG.warn("Averages were lost; they are made once more: {}", e.getMessage());
        job.run();
      }
    }
  }

  /** Executors may forget what they hold. */
  @Override
  public void close() {
    offers.values().forEach(offer -> offer.vector().destroy());
    offers.clear();
  }

  /** What executors have already is not sent again. */
  private SharedVector offer(String role, float[] values) {
    Offer known = offers.get(role);
    if (known == null || known.values() != values) {
      replace(role, new Offer(SharedVector.publish(spark, role, values), values));
    }
    return offers.get(role).vector();
  }

  private void keep(SharedState state, ModelState values) {
    replace(SharedState.PARAMETERS, new Offer(state.parameters(), values.parameters()));
    replace(SharedState.OPTIMIZER, new Offer(state.optimizer(), values.optimizer()));
  }

  private void replace(String role, Offer offer) {
    Offer old = offers.put(role, offer);
    if (old != null && old.vector() != offer.vector()) {
      old.vector().destroy();
    }
  }

  /** A vector and the array it was made of, by which it is known again. */
  @SuppressWarnings("ArrayRecordComponent") // compared by identity, on purpose
  private record Offer(SharedVector vector, float[] values) {}
}
