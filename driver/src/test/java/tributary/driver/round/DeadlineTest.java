package tributary.driver.round;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.api.java.JavaSparkContext;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.learning.config.Adam;
import tributary.datasets.Checks;
import tributary.datasets.shard.Dataset;
import tributary.datasets.testing.FashionMnist;
import tributary.driver.checkpoint.Checkpoint;
import tributary.driver.checkpoint.CheckpointStore;
import tributary.driver.exchange.Exchange;
import tributary.driver.report.LedgerFile;
import tributary.driver.report.MetricsLog;
import tributary.driver.round.RoundLoop.Trained;
import tributary.driver.run.LedgerAudit;
import tributary.driver.spark.TaskOutcome;
import tributary.worker.engine.EngineSettings;
import tributary.worker.engine.Replica;
import tributary.worker.executor.Engines;
import tributary.worker.executor.ReplicaSetup;
import tributary.worker.model.ModelConfiguration;
import tributary.worker.model.ModelState;
import tributary.worker.model.Network;
import tributary.worker.model.ParameterLayout;
import tributary.worker.model.StateHash;
import tributary.worker.train.LocalSteps;
import tributary.worker.train.LocalTrainer;
import tributary.worker.train.OuterStepType;
import tributary.worker.train.Places;
import tributary.worker.train.Position;
import tributary.worker.train.ReplicaReport;
import tributary.worker.train.RoundPlan;
import tributary.worker.train.RoundResult;
import tributary.worker.train.RoundSettings;
import tributary.worker.train.StepWatch;
import tributary.worker.train.TrainingInput;

/**
 * Runs of three replicas on Spark, one of which takes a second for a step by its clock, while those
 * of the others stand still: no run waits for anything.
 */
@Tag("spark")
@ExtendWith(FashionMnist.class)
class DeadlineTest {
  private static final int SLOW = 1;
  private static final long SECOND = 1_000_000_000;
  private static final int[] SHARDS = {170, 170, 170, 100};
  private static final LocalSteps TWO_SECONDS = new LocalSteps(4, 0, Duration.ofSeconds(2));

  private static final ModelConfiguration MODEL = TinyRuns.normalized(new Adam(1e-3));
  private static final ParameterLayout LAYOUT = Network.layoutOf(MODEL);

  /** Of each task slot, as on an executor. */
  private static final ThreadLocal<Replica> COPY =
      ThreadLocal.withInitial(
          () -> Engines.replica(new EngineSettings(EngineSettings.Type.TORCH, 1), MODEL));

  private static JavaSparkContext spark;

  @TempDir private Path folder;

  private final List<RoundOutcome> outcomes = new ArrayList<>();
  private final List<RunState> states = new ArrayList<>();
  private final List<Position> positions = new ArrayList<>();

  @BeforeAll
  static void connect() {
    spark = LocalSpark.ofSlots(2);
  }

  @AfterAll
  static void disconnect() {
    spark.close();
  }

  @Test
  void theSlowReplicaClosesItsRoundsEarlyAndEveryExampleIsStillUsedOnceAnEpoch() throws Exception {
    Trained end = run(TWO_SECONDS, 2, Position.START, initial());

    assertThat(outcomes.get(0).reports())
        .extracting(ReplicaReport::steps, ReplicaReport::examples, ReplicaReport::leftOver)
        .containsExactly(tuple(4, 64L, 0L), tuple(2, 32L, 32L), tuple(4, 64L, 0L));
    assertThat(positions.subList(0, 5))
        .containsExactly(
            new Position(1, 0, 192, 4, left(96, 32)),
            new Position(2, 0, 384, 8, left(96, 32, 288, 32)),
            new Position(3, 0, 576, 12, left(96, 32, 288, 32, 480, 32)),
            new Position(4, 0, 610, 15, left(293, 15)),
            new Position(5, 1, 0, 16));
    assertThat(end.position()).isEqualTo(new Position(10, 2, 0, 32));
    for (Position position : positions) {
      LedgerAudit audit =
          LedgerAudit.of(
              LedgerFile.read(ledger(), position.round(), new Configuration()), position, SHARDS);
      assertThat(audit.faults()).as("%s", position).isEmpty();
      assertThat(audit.skippedExamples()).isZero();
    }
  }

  @Test
  void goesOnWithWhatIsLeftOverFromACheckpointAsIfItHadNeverStopped() throws Exception {
    Trained whole = run(TWO_SECONDS, 1, Position.START, initial());
    List<Position> uninterrupted = List.copyOf(positions);
    CheckpointStore store = new CheckpointStore(hadoop("checkpoints"), new Configuration());
    for (int round = 2; round < 4; round++) {
      store.save(checkpoint(states.get(round), uninterrupted.get(round)), 9);
    }
    for (int round = 2; round < 4; round++) {
      Position position = uninterrupted.get(round);
      Checkpoint saved = store.read(Checks.format("step-%010d", position.step()));
      assertThat(saved.position().leftOver().size()).isPositive();
      Trained resumed = run(TWO_SECONDS, 1, saved.position(), saved.state());
      assertThat(positions).isEqualTo(uninterrupted.subList(round + 1, 5));
      assertThat(hash(resumed)).isEqualTo(hash(whole));
    }
  }

  @Test
  void aDeadlineThatNobodyMeetsLeavesTheBitsAsTheyAre() throws Exception {
    Trained without = run(LocalSteps.of(4), 1, Position.START, initial());
    Trained with = run(new LocalSteps(4, 0, Duration.ofDays(1)), 1, Position.START, initial());
    assertThat(with.position()).isEqualTo(without.position());
    assertThat(hash(with)).isEqualTo(hash(without));
  }

  private Trained run(LocalSteps localSteps, int epochs, Position position, RunState start)
      throws Exception {
    outcomes.clear();
    states.clear();
    positions.clear();
    RoundSettings settings =
        new RoundSettings(3, 1, 16, epochs, TinyRuns.TRAIN, 8).with(localSteps);
    ReplicaSetup setup = TinyRuns.setup(MODEL);
    OuterStep outer = OuterStep.of(OuterStepType.SLOWMO, 1, 0.5, MODEL);
    RoundListener keep =
        (plan, outcome, state) -> {
          outcomes.add(outcome);
          states.add(state);
          positions.add(outcome.next(plan).position());
        };
    try (SparkReplicas replicas =
            new SparkReplicas(
                spark,
                (replica, plan, from, watch) -> train(setup, replica, plan, from, watch),
                Exchange.ofValues(spark),
                Duration.ZERO);
        MetricsLog ledger = MetricsLog.open(ledger(), position.round(), new Configuration())) {
      return new RoundLoop(replicas, outer, List.of(keep, new LedgerFile(ledger, SHARDS)))
          .run(new RoundPlan(settings, position), start);
    }
  }

  private static TaskOutcome<RoundResult> train(
      ReplicaSetup setup, int replica, RoundPlan plan, ModelState start, StepWatch watch)
      throws IOException {
    AtomicLong nanos = new AtomicLong();
    try (Dataset dataset = Dataset.open(setup.input().source().dataset(), new Configuration())) {
      LocalTrainer trainer =
          new LocalTrainer(
              TrainingInput.of(dataset, setup.input()),
              LAYOUT,
              "host" + replica,
              () -> replica == SLOW ? nanos.addAndGet(SECOND) : 0);
      return TaskOutcome.of(() -> trainer.train(COPY.get(), replica, plan, start, watch));
    }
  }

  private RunState initial() {
    return RunState.of(Network.initialState(MODEL));
  }

  private static Places left(long... fromAndSize) {
    List<Places.Range> ranges = new ArrayList<>();
    for (int i = 0; i < fromAndSize.length; i += 2) {
      ranges.add(new Places.Range(fromAndSize[i], fromAndSize[i + 1]));
    }
    return new Places(ranges);
  }

  private Checkpoint checkpoint(RunState state, Position position) throws IOException {
    try (Dataset dataset =
        Dataset.open(TinyRuns.setup(MODEL).input().source().dataset(), new Configuration())) {
      return new Checkpoint(MODEL, LAYOUT, state, position, dataset.profile(), "");
    }
  }

  private static String hash(Trained trained) {
    return StateHash.sha256(trained.state().model().parameters())
        + StateHash.sha256(trained.state().model().optimizer())
        + StateHash.sha256(trained.state().outerMomentum());
  }

  private org.apache.hadoop.fs.Path ledger() {
    return hadoop("ledger.jsonl");
  }

  private org.apache.hadoop.fs.Path hadoop(String name) {
    return new org.apache.hadoop.fs.Path(folder.resolve(name).toUri());
  }

  private static org.assertj.core.groups.Tuple tuple(Object... values) {
    return org.assertj.core.groups.Tuple.tuple(values);
  }
}
