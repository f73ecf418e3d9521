package tributary.driver.dl4j;

import java.time.Duration;
import java.util.Collection;
import java.util.List;
import org.apache.spark.SparkEnv;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.util.SerializableConfiguration;
import org.deeplearning4j.optimize.api.TrainingListener;
import tributary.datasets.minibatch.ArrayExamples;
import tributary.driver.conf.Key;
import tributary.driver.conf.Settings;
import tributary.driver.exchange.Exchange;
import tributary.driver.round.OuterStep;
import tributary.driver.round.RoundListener;
import tributary.driver.round.RoundLoop;
import tributary.driver.round.RoundOutcome;
import tributary.driver.round.RunState;
import tributary.driver.round.SparkReplicas;
import tributary.driver.run.ReplicaSetups;
import tributary.driver.spark.TaskOutcome;
import tributary.worker.engine.EngineSettings;
import tributary.worker.executor.ArrayRuntime;
import tributary.worker.model.ModelConfiguration;
import tributary.worker.model.ModelState;
import tributary.worker.train.LocalSteps;
import tributary.worker.train.OptimizerStatePolicy;
import tributary.worker.train.RoundPlan;
import tributary.worker.train.RoundResult;
import tributary.worker.train.RoundSettings;
import tributary.worker.train.StepWatch;

/** One epoch of rounds over exported examples. Driver only. */
final class RddTraining {
  private final JavaSparkContext spark;
  private final Settings settings;
  private final Collection<TrainingListener> listeners;

  RddTraining(JavaSparkContext spark, Settings settings, Collection<TrainingListener> listeners) {
    this.spark = spark;
    this.settings = settings;
    this.listeners = listeners;
  }

  /** Trains {@code net} on every example once. */
  void epoch(TrainedNet net, ArrayExamples examples) throws Exception {
    ModelConfiguration model = net.configuration();
    EngineSettings engine = ReplicaSetups.engine(settings);
    Broadcast<SerializableConfiguration> hadoop =
        spark.broadcast(new SerializableConfiguration(spark.hadoopConfiguration()));
    LocalArraySteps work =
        new LocalArraySteps(new ArrayRuntime.Setup(model, engine, examples), hadoop);
    RoundListener tell =
        (plan, outcome, state) -> {
          if (!listeners.isEmpty()) {
            net.take(state.model(), outcome.next(plan).position().step(), meanLoss(outcome));
            net.tell(listeners);
          }
        };
    double[] loss = new double[1];
    RoundListener remember = (plan, outcome, state) -> loss[0] = meanLoss(outcome);
    try (SparkReplicas replicas =
        new SparkReplicas(spark, work, Exchange.ofValues(spark), Duration.ZERO)) {
      RoundLoop.Trained end =
          new RoundLoop(replicas, OuterStep.AVERAGE, List.of(remember, tell))
              .run(new RoundPlan(rounds(net, examples), net.position()), RunState.of(net.state()));
      net.take(end.state().model(), end.position().step(), loss[0]);
    } finally {
      hadoop.destroy();
    }
  }

  private RoundSettings rounds(TrainedNet net, ArrayExamples examples) {
    return new RoundSettings(
        settings.integer(Key.REPLICAS),
        LocalSteps.of(settings.integer(Key.LOCAL_STEPS)),
        settings.integer(Key.MINIBATCH_SIZE),
        net.epoch().getAsInt() + 1,
        examples.size(),
        settings.number(Key.SEED),
        OptimizerStatePolicy.AVERAGE);
  }

  private static double meanLoss(RoundOutcome outcome) {
    double sum = outcome.reports().stream().mapToDouble(report -> report.lossSum()).sum();
    return sum / Math.max(1, outcome.examples());
  }

  /** Sent. */
  private record LocalArraySteps(
      ArrayRuntime.Setup setup, Broadcast<SerializableConfiguration> hadoop)
      implements SparkReplicas.LocalTraining {
    @Override
    public TaskOutcome<RoundResult> train(
        int replica, RoundPlan plan, ModelState start, StepWatch watch) throws Exception {
      String host = SparkEnv.get().blockManager().blockManagerId().host();
      return TaskOutcome.of(
          () ->
              ArrayRuntime.train(setup, hadoop.value().value(), host, replica, plan, start, watch));
    }
  }
}
