package tributary.driver.round;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.api.java.JavaSparkContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.learning.config.Adam;
import tributary.datasets.testing.FashionMnist;
import tributary.driver.checkpoint.Checkpoint;
import tributary.driver.checkpoint.CheckpointStore;
import tributary.driver.checkpoint.TinyCheckpoint;
import tributary.driver.exchange.Exchange;
import tributary.worker.model.ModelConfiguration;
import tributary.worker.model.ModelState;
import tributary.worker.model.Network;
import tributary.worker.model.StateHash;
import tributary.worker.model.UpdatePlan.Stretch;
import tributary.worker.train.Position;
import tributary.worker.train.RoundPlan;
import tributary.worker.train.RoundSettings;

/** Runs whose replicas send rounded moves. */
@ExtendWith(FashionMnist.class)
class ExchangePrecisionTest {
  private static final ModelConfiguration MODEL = TinyRuns.normalized(new Adam(1e-3));
  private static final RoundPlan FIRST =
      new RoundPlan(new RoundSettings(3, 2, 16, 2, TinyRuns.TRAIN, 8), Position.START);
  private static final List<Stretch> STATISTICS = Network.updatePlanOf(MODEL).statistics();

  @TempDir Path folder;

  @Test
  void comeToTheSameBitsOnAnyNumberOfSlotsAndFromAnyCheckpoint() throws Exception {
    CheckpointStore store =
        new CheckpointStore(new org.apache.hadoop.fs.Path(folder.toUri()), new Configuration());
    RoundListener save =
        (plan, outcome, state) -> store.save(checkpoint(state, plan.next().position()), 100);
    String whole;
    try (JavaSparkContext spark = LocalSpark.ofSlots(3)) {
      whole = hash(run(spark, FIRST, start(), List.of(save)));
    }
    List<String> names = store.names();
    for (String name : List.of(names.get(0), names.get(7), names.get(names.size() - 2))) {
      Checkpoint checkpoint = store.read(name);
      assertThat(checkpoint.state().residual().values()).as("residual of " + name).isNotEmpty();
      RoundPlan plan = new RoundPlan(FIRST.settings(), checkpoint.position());
      try (JavaSparkContext spark = LocalSpark.ofSlots(1)) {
        assertThat(hash(run(spark, plan, checkpoint.state(), List.of()))).as(name).isEqualTo(whole);
      }
    }
  }

  @Test
  void moveAsThoseOfExactValuesDoButForTheRounding() throws Exception {
    ModelState start = start().model();
    try (JavaSparkContext spark = LocalSpark.ofSlots(2);
        SparkReplicas exactly = TinyRuns.replicas(spark, MODEL);
        SparkReplicas rounded = rounding(spark)) {
      ModelState expected = exactly.train(FIRST, start()).average();
      ModelState found = rounded.train(FIRST, start()).average();
      assertThat(found.optimizer()).isEqualTo(expected.optimizer());
      Set<Integer> statistics = new HashSet<>();
      STATISTICS.forEach(s -> range(s, statistics));
      int rounding = 0;
      for (int i = 0; i < start.parameters().length; i++) {
        float move = expected.parameters()[i] - start.parameters()[i];
        float error = Math.abs(found.parameters()[i] - expected.parameters()[i]);
        if (statistics.contains(i)) {
          assertThat(error).as("error of statistic %d", i).isZero();
        } else {
          // A replica's and the mean's rounding; replicas may move against each other.
          assertThat(error).isLessThanOrEqualTo(Math.abs(move) / 64 + 1e-4f);
          rounding += error > 0 ? 1 : 0;
        }
      }
      assertThat(rounding).as("parameters that were rounded").isPositive();
      assertThat(statistics).isNotEmpty();
    }
  }

  private static void range(Stretch stretch, Set<Integer> indices) {
    for (long i = stretch.from(); i < stretch.to(); i++) {
      indices.add((int) i);
    }
  }

  private static RunState start() {
    return RunState.of(Network.initialState(MODEL));
  }

  private static RunState run(
      JavaSparkContext spark, RoundPlan first, RunState start, List<RoundListener> listeners)
      throws Exception {
    try (SparkReplicas replicas = rounding(spark)) {
      return new RoundLoop(replicas, OuterStep.AVERAGE, listeners).run(first, start).state();
    }
  }

  private static SparkReplicas rounding(JavaSparkContext spark) throws Exception {
    return new SparkReplicas(
        spark, TinyRuns.setup(MODEL), Exchange.ofMoves(spark, STATISTICS), Duration.ZERO);
  }

  private static Checkpoint checkpoint(RunState state, Position position) {
    Checkpoint any = TinyCheckpoint.at(position, 1);
    return new Checkpoint(
        MODEL, Network.layoutOf(MODEL), state, position, any.trainedOn(), any.settings());
  }

  private static String hash(RunState state) {
    List<String> hashes = new ArrayList<>();
    hashes.add(StateHash.sha256(state.model().parameters()));
    hashes.add(StateHash.sha256(state.model().optimizer()));
    hashes.add(StateHash.sha256(state.residual().values()));
    return String.join(" ", hashes);
  }
}
