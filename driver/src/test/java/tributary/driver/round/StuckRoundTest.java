package tributary.driver.round;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.JavaSparkContext;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.nd4j.linalg.learning.config.Sgd;
import tributary.datasets.minibatch.Minibatch;
import tributary.datasets.shard.Dataset;
import tributary.datasets.testing.FashionMnist;
import tributary.driver.conf.NonFinitePolicy;
import tributary.driver.exchange.Exchange;
import tributary.driver.spark.ClusterException;
import tributary.driver.spark.TaskOutcome;
import tributary.worker.engine.Activations;
import tributary.worker.engine.Replica;
import tributary.worker.engine.StepKey;
import tributary.worker.engine.StepResult;
import tributary.worker.executor.ReplicaSetup;
import tributary.worker.model.ModelState;
import tributary.worker.model.Network;
import tributary.worker.train.Ledger;
import tributary.worker.train.LocalTrainer;
import tributary.worker.train.Position;
import tributary.worker.train.ReplicaReport;
import tributary.worker.train.RoundPlan;
import tributary.worker.train.RoundResult;
import tributary.worker.train.RoundSettings;
import tributary.worker.train.Skipped;
import tributary.worker.train.StepWatch;
import tributary.worker.train.TrainingInput;

/** Rounds on Spark whose replicas hang, break or leave the finite numbers by construction. */
@Tag("spark")
@ExtendWith(FashionMnist.class)
class StuckRoundTest {
  private static final int REPLICAS = 3;
  private static final int EXAMPLES = 90;
  private static final RoundPlan PLAN =
      new RoundPlan(new RoundSettings(REPLICAS, 1, 10, 2, EXAMPLES, 1), Position.START);
  private static final ModelState START = new ModelState(new float[] {1, 2}, new float[0]);

  @Test
  void aRoundThatHangsIsGivenUpNamingReplicaHostStepShardAndExamples() throws Exception {
    try (JavaSparkContext spark =
            LocalSpark.ofSlots(2, Map.of("spark.executor.heartbeatInterval", "500ms"));
        SparkReplicas replicas =
            new SparkReplicas(
                spark, StuckRoundTest::hangs, Exchange.ofValues(spark), Duration.ofSeconds(6))) {
      Throwable failure = catchThrowable(() -> replicas.train(PLAN, RunState.of(START)));
      assertThat(failure)
          .isInstanceOf(ClusterException.class)
          .hasMessageStartingWith(
              "Round 0: did not end within 6 s (training.round-timeout-minutes); unfinished:"
                  + " replica 1 on ")
          .hasMessageEndingWith(" at step 3 of 4, shard train-00007 examples 12, 13")
          .hasMessageNotContaining("replica 0")
          .hasMessageNotContaining("replica 2");
      assertThat(Thread.currentThread().isInterrupted()).isFalse();
      assertThat(spark.parallelize(List.of(1, 2)).count()).isEqualTo(2);
    }
  }

  @Test
  void aRoundInTimeIsNotGivenUpLater() throws Exception {
    try (JavaSparkContext spark = LocalSpark.ofSlots(2);
        SparkReplicas replicas =
            new SparkReplicas(
                spark, StuckRoundTest::adds, Exchange.ofValues(spark), Duration.ofMinutes(5))) {
      for (int round = 0; round < 3; round++) {
        assertThat(replicas.train(PLAN, RunState.of(START)).average().parameters())
            .containsExactly(2, 3);
      }
    }
  }

  @Test
  void replicasAreWeighedByTheLabelsThatCountedNotByTheirExamples() throws Exception {
    try (JavaSparkContext spark = LocalSpark.ofSlots(2);
        SparkReplicas replicas =
            new SparkReplicas(
                spark, StuckRoundTest::counts, Exchange.ofValues(spark), Duration.ZERO)) {
      int count = PLAN.settings().replicas();
      double labels = count * (count + 1) / 2.0;
      double squares = count * (count + 1) * (2 * count + 1) / 6.0;
      assertThat(replicas.train(PLAN, RunState.of(START)).average().parameters())
          .containsOnly((float) (squares / labels));
    }
  }

  /** Replica 0 has a label and ends at 1, replica 1 has two and ends at 2, and so on. */
  private static TaskOutcome<RoundResult> counts(
      int replica, RoundPlan plan, ModelState start, StepWatch watch) {
    float[] end = new float[start.parameters().length];
    Arrays.fill(end, replica + 1);
    ReplicaReport report = report(replica, plan, replica + 1);
    return new TaskOutcome<>(new RoundResult(report, new ModelState(end, start.optimizer())), null);
  }

  @Test
  void aReplicaThatBreaksIsToldWithItsStepShardAndExamples() throws Exception {
    try (JavaSparkContext spark = LocalSpark.ofSlots(2);
        SparkReplicas replicas =
            new SparkReplicas(
                spark, StuckRoundTest::breaks, Exchange.ofValues(spark), Duration.ZERO)) {
      assertThatThrownBy(() -> replicas.train(PLAN, RunState.of(START)))
          .isInstanceOf(ClusterException.class)
          .hasMessageContaining("round 0, replica 2, step 1 of 4, shard train-00003 examples 5")
          .hasMessageContaining("no such memory");
    }
  }

  @Test
  void aReplicaThatBreaksInAStepIsToldWithTheKeysInFlight() throws Exception {
    ReplicaSetup setup = TinyRuns.setup(TinyRuns.plain(new Sgd(0.1)));
    RoundPlan two = new RoundPlan(new RoundSettings(1, 1, 2, 1, TinyRuns.TRAIN, 1), Position.START);
    try (JavaSparkContext spark = LocalSpark.ofSlots(1);
        SparkReplicas replicas =
            new SparkReplicas(
                spark,
                (replica, plan, start, watch) -> breaksInAStep(setup, plan, start, watch),
                Exchange.ofValues(spark),
                Duration.ZERO)) {
      assertThatThrownBy(() -> replicas.train(two, RunState.of(START)))
          .isInstanceOf(ClusterException.class)
          .hasMessageContaining(
              "round 0, replica 0, step 0 of 1, shard train-00001 examples 269 (0000269); shard"
                  + " train-00002 examples 483 (0000483): java.lang.IllegalStateException: no such"
                  + " memory");
    }
  }

  @Test
  void aReplicaThatDivergesIsNotInTheAverageAndTheOthersAre() throws Exception {
    List<RoundOutcome> outcomes = new ArrayList<>();
    RoundGuard guard = new RoundGuard(OuterStep.AVERAGE, NonFinitePolicy.SKIP_REPLICA, 1);
    List<float[]> ends = new ArrayList<>();
    for (int slots = 1; slots <= 2; slots++) {
      try (JavaSparkContext spark = LocalSpark.ofSlots(slots);
          SparkReplicas replicas =
              new SparkReplicas(
                  spark, StuckRoundTest::diverges, Exchange.ofValues(spark), Duration.ZERO)) {
        ends.add(
            new RoundLoop(
                    replicas,
                    guard,
                    List.of((plan, outcome, state) -> outcomes.add(outcome)),
                    () -> false)
                .run(PLAN, RunState.of(START))
                .state()
                .model()
                .parameters());
      }
    }
    assertThat(outcomes).extracting(RoundOutcome::examples).containsOnly(20L);
    assertThat(outcomes).extracting(RoundOutcome::skippedExamples).containsOnly(10L);
    assertThat(ends.get(0)).containsExactly(7, 8);
    assertThat(ends.get(1)).containsExactly(ends.get(0));
  }

  @Test
  void aReplicaThatIsRunAgainCountsOnce() throws Exception {
    try (JavaSparkContext spark = LocalSpark.ofSlots(2, Map.of("spark.master", "local[2,3]"));
        SparkReplicas replicas =
            new SparkReplicas(
                spark, StuckRoundTest::breaksTwice, Exchange.ofValues(spark), Duration.ZERO)) {
      RoundOutcome outcome = replicas.train(PLAN, RunState.of(START));
      assertThat(outcome.reports()).extracting(ReplicaReport::replica).containsExactly(0, 1, 2);
      assertThat(outcome.examples()).isEqualTo(30);
      assertThat(outcome.average().parameters()).containsExactly(2, 3);
    }
  }

  private static TaskOutcome<RoundResult> breaksTwice(
      int replica, RoundPlan plan, ModelState start, StepWatch watch) {
    TaskOutcome<RoundResult> outcome = adds(replica, plan, start, watch);
    if (replica == 1 && TaskContext.get().attemptNumber() < 2) {
      throw new IllegalStateException("after all its work");
    }
    return outcome;
  }

  private static TaskOutcome<RoundResult> hangs(
      int replica, RoundPlan plan, ModelState start, StepWatch watch) throws Exception {
    if (replica == 1) {
      watch.begins("step 2 of 4, shard train-00007 examples 10, 11");
      watch.begins("step 3 of 4, shard train-00007 examples 12, 13");
      new CountDownLatch(1).await();
    }
    return adds(replica, plan, start, watch);
  }

  private static TaskOutcome<RoundResult> breaks(
      int replica, RoundPlan plan, ModelState start, StepWatch watch) {
    if (replica == 2) {
      watch.begins("step 1 of 4, shard train-00003 examples 5");
      throw new IllegalStateException("no such memory");
    }
    return adds(replica, plan, start, watch);
  }

  private static TaskOutcome<RoundResult> breaksInAStep(
      ReplicaSetup setup, RoundPlan plan, ModelState start, StepWatch watch) throws IOException {
    try (Dataset dataset = Dataset.open(setup.input().source().dataset(), new Configuration())) {
      LocalTrainer trainer =
          new LocalTrainer(
              TrainingInput.of(dataset, setup.input()), Network.layoutOf(setup.model()), "host");
      return TaskOutcome.of(() -> trainer.train(new Broken(), 0, plan, start, watch));
    }
  }

  /** A replica whose steps never end well. */
  private record Broken() implements Replica {
    @Override
    public void load(ModelState state) {}

    @Override
    public StepResult step(Minibatch batch, StepKey key) {
      throw new IllegalStateException("no such memory");
    }

    @Override
    public float[] forward(Minibatch batch) {
      throw new UnsupportedOperationException();
    }

    @Override
    public List<Activations> forward(Minibatch batch, List<String> layers) {
      throw new UnsupportedOperationException();
    }

    @Override
    public ModelState state() {
      throw new UnsupportedOperationException();
    }

    @Override
    public void close() {}
  }

  private static TaskOutcome<RoundResult> diverges(
      int replica, RoundPlan plan, ModelState start, StepWatch watch) {
    if (replica == 1) {
      ReplicaReport report = report(replica, plan);
      Skipped skipped = new Skipped("reported loss NaN at its step 0", report.trained());
      return new TaskOutcome<>(new RoundResult(report.without(skipped), null), null);
    }
    return adds(replica, plan, start, watch);
  }

  private static TaskOutcome<RoundResult> adds(
      int replica, RoundPlan plan, ModelState start, StepWatch watch) {
    watch.begins("step 0 of 1, shard train-00000 examples 0");
    float[] end = start.parameters().clone();
    for (int i = 0; i < end.length; i++) {
      end[i]++;
    }
    return new TaskOutcome<>(
        new RoundResult(report(replica, plan), new ModelState(end, start.optimizer())), null);
  }

  private static ReplicaReport report(int replica, RoundPlan plan) {
    return report(replica, plan, plan.share(replica).size());
  }

  private static ReplicaReport report(int replica, RoundPlan plan, long labels) {
    long[] numbers = plan.share(replica).stream().toArray();
    Ledger trained = Ledger.of(numbers, new int[] {EXAMPLES});
    return new ReplicaReport(replica, "host", numbers.length, 1, labels, 1, trained, 0, 0, 1);
  }
}
