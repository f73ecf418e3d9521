package tributary.driver.round;

import java.io.IOException;
import java.io.Serializable;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.spark.SparkException;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.util.CollectionAccumulator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tributary.datasets.Checks;
import tributary.driver.exchange.Exchange;
import tributary.driver.exchange.Exchanged;
import tributary.driver.exchange.Work;
import tributary.driver.spark.ClusterException;
import tributary.driver.spark.SetupOnExecutors;
import tributary.driver.spark.SparkContexts;
import tributary.driver.spark.TaskOutcome;
import tributary.worker.executor.ReplicaSetup;
import tributary.worker.model.ModelState;
import tributary.worker.train.OptimizerStatePolicy;
import tributary.worker.train.ReplicaReport;
import tributary.worker.train.RoundPlan;
import tributary.worker.train.RoundResult;
import tributary.worker.train.StepWatch;

/** Runs a round as one exchange: local steps on every replica, and the mean of where they end. */
public final class SparkReplicas implements Replicas, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(SparkReplicas.class);

  /** Contexts may serve several runs, side by side too. */
  private static final AtomicLong GROUPS = new AtomicLong();

  private final LocalTraining training;
  private final Exchange exchange;
  private final ReplicaWatch watch;
  private final JobGroup jobs;
  private final Duration timeout;

  /** Replicas that run on the executors of {@code spark}, however long they take. */
  public SparkReplicas(JavaSparkContext spark, ReplicaSetup setup) {
    this(spark, setup, Exchange.ofValues(spark), Duration.ZERO);
  }

  /**
   * The same, whose rounds are given up when they last too long.
   *
   * @param exchange closed with this
   * @param timeout zero for none
   */
  public SparkReplicas(
      JavaSparkContext spark, ReplicaSetup setup, Exchange exchange, Duration timeout) {
    this(spark, LocalTraining.of(SetupOnExecutors.of(setup, spark)), exchange, timeout);
  }

  SparkReplicas(
      JavaSparkContext spark, LocalTraining training, Exchange exchange, Duration timeout) {
    String group = "tributary rounds " + GROUPS.incrementAndGet();
    this.training = training;
    this.exchange = exchange;
    this.watch = ReplicaWatch.of(spark, group);
    this.jobs = new JobGroup(spark, group, timeout);
    this.timeout = timeout;
  }

  /**
   * {@inheritDoc}
   *
   * @throws tributary.datasets.DataException if an example is bad
   * @throws ClusterException naming the replicas that have not finished, if the round takes too
   *     long or the cluster fails
   */
  @Override
  public RoundOutcome train(RoundPlan plan, RunState start) throws Exception {
    try {
      return jobs.run(() -> exchanged(plan, start));
    } catch (JobGroup.LateException e) {
      throw failure(
          plan,
          Checks.format(
              "did not end within %d s (training.round-timeout-minutes)", timeout.toSeconds()),
          e);
    } catch (Exception e) { // Scala declares none
      throw e instanceof SparkException ? failure(plan, SparkContexts.firstLine(e), e) : e;
    }
  }

  private ClusterException failure(RoundPlan plan, String what, Exception cause) {
    return new ClusterException(
        Checks.format(
            "Round %d: %s; unfinished: %s",
            plan.position().round(), what, watch.unfinished(plan.settings().replicas())),
        cause);
  }

  private RoundOutcome exchanged(RoundPlan plan, RunState start) throws IOException {
    boolean averagesOptimizer = plan.settings().optimizerState() == OptimizerStatePolicy.AVERAGE;
    Exchanged<TaskOutcome<ReplicaReport>> exchanged =
        exchange.run(
            plan.settings().replicas(),
            start.model(),
            start.residual(),
            averagesOptimizer,
            new LocalSteps(training, plan, watch.doing()));
    List<ReplicaReport> reports = new ArrayList<>();
    for (TaskOutcome<ReplicaReport> outcome : exchanged.reports()) {
      reports.add(outcome.get());
    }
    return new RoundOutcome(exchanged.mean(), exchanged.residual(), reports, exchanged.times());
  }

  @Override
  public void close() {
    jobs.close();
    watch.close();
    exchange.close();
  }

  /** What a replica does in a round: a pure function but for what it tells. Sent. */
  interface LocalTraining extends Serializable {
    TaskOutcome<RoundResult> train(int replica, RoundPlan plan, ModelState start, StepWatch watch)
        throws Exception;

    static LocalTraining of(SetupOnExecutors setup) {
      return (replica, plan, start, watch) ->
          setup.run(runtime -> runtime.train(replica, plan, start, watch));
    }
  }

  /** Sent. */
  private record LocalSteps(
      LocalTraining training, RoundPlan plan, CollectionAccumulator<String> doing)
      implements Work<TaskOutcome<ReplicaReport>> {
    @Override
    public Done<TaskOutcome<ReplicaReport>> run(int replica, ModelState start) throws Exception {
      TaskOutcome<RoundResult> outcome = train(replica, start);
      TaskOutcome<ReplicaReport> report = outcome.map(RoundResult::report);
      if (outcome.failed() || report.result().isSkipped()) {
        return new Done<>(report, 0, null);
      }
      long examples = report.result().examples();
      Checks.argument(
          examples == plan.slice(replica).size(),
          "replica %d trained %d examples of a slice of %d",
          replica,
          examples,
          plan.slice(replica).size());
      return new Done<>(report, examples, outcome.result().state());
    }

    /** What breaks a task, or is broken by Spark, is told with the step it happened in. */
    private TaskOutcome<RoundResult> train(int replica, ModelState start) throws Exception {
      AtomicReference<String> at = new AtomicReference<>("its start");
      try {
        return training.train(
            replica,
            plan,
            start,
            what -> {
              at.set(what);
              doing.reset();
              doing.add(what);
            });
      } catch (Exception e) {
        String told =
            Checks.format(
                "round %d, replica %d, %s: %s", plan.position().round(), replica, at.get(), e);
        LOG.warn("Broken off in {}", told);
        throw new IllegalStateException(told, e);
      } finally {
        doing.reset();
      }
    }
  }
}
