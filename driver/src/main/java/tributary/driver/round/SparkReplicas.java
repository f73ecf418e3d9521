package tributary.driver.round;

import java.io.IOException;
import java.io.Serializable;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.spark.SparkException;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.util.CollectionAccumulator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tributary.datasets.Checks;
import tributary.datasets.DataException;
import tributary.driver.exchange.Exchange;
import tributary.driver.exchange.Exchanged;
import tributary.driver.exchange.Work;
import tributary.driver.spark.ClusterException;
import tributary.driver.spark.LastWords;
import tributary.driver.spark.SetupOnExecutors;
import tributary.driver.spark.SparkContexts;
import tributary.driver.spark.TaskFailure;
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

  /** Characters of what a step is about, at most. */
  private static final int MOST_TOLD = 1000;

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

  /** The same with local training of another kind. */
  public SparkReplicas(
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
   * @throws DataException if an example is bad and none may be left out, or one crashes every
   *     executor that has it
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
      throw e instanceof SparkException ? failure(plan, e) : e;
    }
  }

  /** An executor that crashes over the same examples again and again is their fault. */
  private Exception failure(RoundPlan plan, Exception e) {
    TaskFailure failure = new TaskFailure(SparkContexts.firstLine(e));
    Optional<String> deadly = failure.isCrash() ? watch.alwaysAtTheSame() : Optional.empty();
    if (deadly.isEmpty()) {
      return failure(plan, failure.text(), e);
    }
    return new DataException(
        Checks.format(
            "Round %d: native code crashed every executor that had %s, or at a minibatch that is"
                + " read ahead (input.prefetch): pack the dataset without the example that it"
                + " can't bear; executors leave an hs_err file that tells where they were. %s",
            plan.position().round(), deadly.get(), failure.text()));
  }

  private ClusterException failure(RoundPlan plan, String what, Exception cause) {
    TaskFailure failure =
        new TaskFailure(
            Checks.format(
                "Round %d: %s; unfinished: %s",
                plan.position().round(), what, watch.unfinished(plan.settings().replicas())));
    return new ClusterException(failure.withRemedy(), cause);
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

  /** What a replica does in a round: a pure function but for what it tells, and deadlines. Sent. */
  public interface LocalTraining extends Serializable {
    /** Takes one replica through its local steps. Executor only. */
    TaskOutcome<RoundResult> train(int replica, RoundPlan plan, ModelState start, StepWatch watch)
        throws Exception;

    /** Training on a packed dataset. */
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
      int bad = report.result().bad().size();
      Checks.argument(
          examples + bad + report.result().leftOver() == plan.share(replica).size(),
          "replica %d trained %d examples of a share of %d, found %d bad and left %d over",
          replica,
          examples,
          plan.share(replica).size(),
          bad,
          report.result().leftOver());
      long labels = report.result().labels();
      return new Done<>(report, labels, labels == 0 ? null : outcome.result().state());
    }

    @Override
    public boolean isRepeatable() {
      return !plan.settings().localSteps().hasDeadline();
    }

    /** What breaks a task, or is broken by Spark, is told with the step it happened in. */
    private TaskOutcome<RoundResult> train(int replica, ModelState start) throws Exception {
      AtomicReference<String> at = new AtomicReference<>("its start");
      try {
        return training.train(
            replica,
            plan,
            start,
            step -> {
              String what = shortened(step);
              at.set(what);
              doing.reset();
              doing.add(what);
              LastWords.say(what);
            });
      } catch (Exception e) {
        String told =
            Checks.format(
                "round %d, replica %d, %s: %s",
                plan.position().round(), replica, at.get(), firstLine(e));
        LOG.warn("Broken off in {}", told);
        throw new IllegalStateException(told, e);
      } finally {
        doing.reset();
      }
    }

    /** Thousands of examples would hide what happened to them. */
    private static String shortened(String step) {
      return step.length() <= MOST_TOLD ? step : step.substring(0, MOST_TOLD) + " and so on";
    }

    /** Native code puts its own stack traces into messages. */
    private static String firstLine(Exception e) {
      return e.toString().lines().findFirst().orElse("");
    }
  }
}
