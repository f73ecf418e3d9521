package tributary.driver.round;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.api.java.JavaSparkContext;
import tributary.datasets.Checks;
import tributary.driver.exchange.Exchange;
import tributary.driver.exchange.Exchanged;
import tributary.driver.exchange.Work;
import tributary.driver.spark.SetupOnExecutors;
import tributary.driver.spark.TaskOutcome;
import tributary.worker.executor.ReplicaSetup;
import tributary.worker.model.ModelState;
import tributary.worker.train.OptimizerStatePolicy;
import tributary.worker.train.ReplicaReport;
import tributary.worker.train.RoundPlan;
import tributary.worker.train.RoundResult;

/** Runs a round as one exchange: local steps on every replica, and the mean of where they end. */
public final class SparkReplicas implements Replicas, AutoCloseable {
  private final SetupOnExecutors setup;
  private final Exchange exchange;

  /** Replicas that run on the executors of {@code spark}. */
  public SparkReplicas(JavaSparkContext spark, ReplicaSetup setup) {
    this.setup = SetupOnExecutors.of(setup, spark);
    this.exchange = new Exchange(spark);
  }

  @Override
  public RoundOutcome train(RoundPlan plan, ModelState start) throws IOException {
    boolean averagesOptimizer = plan.settings().optimizerState() == OptimizerStatePolicy.AVERAGE;
    Exchanged<TaskOutcome<ReplicaReport>> exchanged =
        exchange.run(
            plan.settings().replicas(), start, averagesOptimizer, new LocalSteps(setup, plan));
    List<ReplicaReport> reports = new ArrayList<>();
    for (TaskOutcome<ReplicaReport> outcome : exchanged.reports()) {
      reports.add(outcome.get());
    }
    return new RoundOutcome(exchanged.mean(), reports, exchanged.times());
  }

  @Override
  public void close() {
    exchange.close();
  }

  /** Sent. */
  private record LocalSteps(SetupOnExecutors setup, RoundPlan plan)
      implements Work<TaskOutcome<ReplicaReport>> {
    @Override
    public Done<TaskOutcome<ReplicaReport>> run(int replica, ModelState start) throws Exception {
      TaskOutcome<RoundResult> outcome = setup.run(runtime -> runtime.train(replica, plan, start));
      TaskOutcome<ReplicaReport> report = outcome.map(RoundResult::report);
      if (outcome.failed()) {
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
  }
}
