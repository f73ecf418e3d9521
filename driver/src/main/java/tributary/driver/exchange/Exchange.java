package tributary.driver.exchange;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.Serializable;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.spark.api.java.JavaSparkContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tributary.driver.spark.ClusterException;
import tributary.worker.model.ModelState;
import tributary.worker.model.UpdatePlan.Stretch;

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

  private static final String PARAMETERS = "parameters";
  private static final String OPTIMIZER = "optimizer";

  private final JavaSparkContext spark;
  private final Phases phases;

  /** Null if replicas send values as they are. */
  private final Stretches exact;

  /** Vectors that the executors have, by role. */
  private final Map<String, Offer> offers = new HashMap<>();

  /** The residual that they have; null if none. */
  private Kept kept;

  private Exchange(JavaSparkContext spark, Stretches exact) {
    this.spark = spark;
    this.phases = Phases.of(spark);
    this.exact = exact;
  }

  /** An exchange on the executors of {@code spark} of values as they are. */
  public static Exchange ofValues(JavaSparkContext spark) {
    return new Exchange(spark, null);
  }

  /**
   * An exchange of bfloat16 numbers by how much each parameter moved: half the bytes. What rounding
   * the mean's move leaves is added to the next one. The optimizer's values stay exact.
   *
   * @param exact parameters that are sent as they are: variances, which no rounding may carry below
   *     zero
   */
  public static Exchange ofMoves(JavaSparkContext spark, List<Stretch> exact) {
    return new Exchange(spark, Stretches.of(exact));
  }

  /** Into how many slices a vector of so many values is cut. */
  public static int slices(int length) {
    return Slices.of(Encoding.FLOAT32, length).count();
  }

  /**
   * Runs the work of every replica.
   *
   * @param start where they begin; its arrays must not change any more
   * @param residual what rounding left in the round before
   * @param averagesOptimizer whether the optimizer's values are averaged, too, or stay as they are
   * @throws InterruptedIOException if this thread is interrupted
   * @throws ClusterException if means are lost again and again with the executors that had them, or
   *     are of different runs of work that is not repeatable
   */
  public <R extends Serializable> Exchanged<R> run(
      int replicas, ModelState start, Residual residual, boolean averagesOptimizer, Work<R> work)
      throws IOException {
    for (int attempt = 1; ; attempt++) {
      try {
        return attempt(replicas, start, residual, averagesOptimizer, work);
      } catch (AveragingJob.MixedRunsException e) {
        if (attempt == ATTEMPTS) {
          throw givenUp("Executors were lost again and again while averages were made", e);
        }
        LOG.warn("An executor was lost; all replicas start once more: {}", e.getMessage());
      }
    }
  }

  private <R extends Serializable> Exchanged<R> attempt(
      int replicas, ModelState start, Residual residual, boolean averagesOptimizer, Work<R> work)
      throws IOException {
    phases.reset();
    long began = System.nanoTime();
    SharedState from = offer(start);
    NextState to = next(from, residual, averagesOptimizer);
    long published = System.nanoTime();
    List<String> homes = kept == null ? List.of() : kept.homes();
    boolean isKept = false;
    try (AveragingJob<R> job = new AveragingJob<>(spark, replicas, from, to, homes, work, phases)) {
      AveragingJob.Result<R> result = job.run();
      long averaged = System.nanoTime();
      Collected mean = new Collected(start, residual);
      if (result.weight() > 0) {
        mean = collect(job, start, to);
        keep(to, mean, result.homes());
        isKept = true;
      }
      long collected = System.nanoTime();
      return new Exchanged<>(
          result.reports(),
          mean.state(),
          mean.residual(),
          phases.times(published - began, averaged - published, collected - averaged, job));
    } finally {
      if (!isKept) {
        to.destroy();
      }
    }
  }

  /** Else an executor that is new would never have any. */
  private boolean areSpread(List<String> places) {
    int executors = spark.sc().getExecutorMemoryStatus().size() - 1; // the driver is no such
    return Set.copyOf(places).size() >= Math.min(places.size(), executors);
  }

  private SharedState offer(ModelState start) {
    Encoding travelling = exact == null ? Encoding.FLOAT32 : Encoding.BFLOAT16;
    SharedVector parameters = offer(PARAMETERS, travelling, start.parameters());
    parameters.offerWhole(start.parameters());
    return new SharedState(parameters, offer(OPTIMIZER, Encoding.FLOAT32, start.optimizer()));
  }

  private NextState next(SharedState from, Residual residual, boolean averagesOptimizer) {
    FullAveraging optimizer =
        averagesOptimizer ? new FullAveraging(from.optimizer().next(spark)) : null;
    SharedVector parameters = from.parameters();
    if (exact == null) {
      return new NextState(new FullAveraging(parameters.next(spark)), optimizer);
    }
    SharedResidual before = offer(residual, parameters.slices().length());
    return new NextState(
        new DeltaAveraging(parameters.nextMoved(spark, exact), before, before.next(spark)),
        optimizer);
  }

  /** What the driver has fetched. */
  private record Collected(ModelState state, Residual residual) {}

  private static Collected collect(AveragingJob<?> job, ModelState start, NextState to)
      throws IOException {
    for (int attempt = 1; ; attempt++) {
      try {
        return new Collected(to.values(start), to.residual());
      } catch (InterruptedIOException e) {
        throw e; // the round is given up
      } catch (IOException e) {
        if (attempt == ATTEMPTS) {
          throw givenUp("Averages were lost again and again with the executors that had them", e);
        }
        LOG.warn("Averages were lost; they are made once more: {}", e.getMessage());
        job.run();
      }
    }
  }

  private static ClusterException givenUp(String what, IOException e) {
    return new ClusterException(
        what + ": " + e.getMessage() + "; go on with --resume when executors stay", e);
  }

  /** Executors may forget what they hold. */
  @Override
  public void close() {
    offers.values().forEach(offer -> offer.vector().destroy());
    offers.clear();
    replace(null);
  }

  /** What executors have already is not sent again. */
  private SharedVector offer(String role, Encoding travelling, float[] values) {
    Offer known = offers.get(role);
    if (known == null || known.values() != values) {
      SharedVector replaced = known == null ? null : known.vector();
      SharedVector vector = SharedVector.publish(spark, role, travelling, values, replaced);
      replace(role, new Offer(vector, values));
    }
    return offers.get(role).vector();
  }

  private SharedResidual offer(Residual left, int length) {
    if (kept == null || kept.residual() != left) {
      Residual offered = left.isEmpty() ? Residual.of(new float[length]) : left;
      replace(new Kept(left, SharedResidual.publish(spark, offered), List.of()));
    }
    return kept.shared();
  }

  private void keep(NextState to, Collected mean, List<String> homes) {
    ModelState state = mean.state();
    replace(PARAMETERS, new Offer(to.parameters().mean(), state.parameters()));
    if (to.optimizer() != null) {
      replace(OPTIMIZER, new Offer(to.optimizer().mean(), state.optimizer()));
    }
    if (to.parameters() instanceof DeltaAveraging deltas) {
      replace(new Kept(mean.residual(), deltas.after(), areSpread(homes) ? homes : List.of()));
    }
  }

  private void replace(String role, Offer offer) {
    Offer old = offers.put(role, offer);
    if (old != null && old.vector() != offer.vector()) {
      old.vector().destroy();
    }
  }

  private void replace(Kept next) {
    if (kept != null) {
      kept.shared().destroy();
    }
    kept = next;
  }

  /** A vector and the array it was made of, by which it is known again. */
  @SuppressWarnings("ArrayRecordComponent") // compared by identity, on purpose
  private record Offer(SharedVector vector, float[] values) {}

  /**
   * A residual on the executors.
   *
   * @param residual by which it is known again
   * @param homes where the reducing tasks ran that have put it; empty if some executor had none, or
   *     the driver put it
   */
  private record Kept(Residual residual, SharedResidual shared, List<String> homes) {}
}
