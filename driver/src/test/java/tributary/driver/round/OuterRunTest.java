package tributary.driver.round;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.api.java.JavaSparkContext;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.learning.config.Adam;
import tributary.datasets.testing.FashionMnist;
import tributary.driver.checkpoint.Checkpoint;
import tributary.driver.checkpoint.CheckpointStore;
import tributary.driver.checkpoint.TinyCheckpoint;
import tributary.worker.model.ModelConfiguration;
import tributary.worker.model.Network;
import tributary.worker.model.StateHash;
import tributary.worker.model.UpdatePlan.Stretch;
import tributary.worker.train.LocalSteps;
import tributary.worker.train.OuterStepType;
import tributary.worker.train.Position;
import tributary.worker.train.RoundPlan;
import tributary.worker.train.RoundSettings;

/** Whole runs with each outer step, on a network with statistics. */
@Tag("spark")
@ExtendWith(FashionMnist.class)
class OuterRunTest {
  private static final ModelConfiguration MODEL = TinyRuns.normalized(new Adam(1e-3));
  private static final RoundSettings SETTINGS =
      new RoundSettings(3, 2, 32, 2, TinyRuns.TRAIN, 8).with(new LocalSteps(2, 1));
  private static final RoundPlan FIRST = new RoundPlan(SETTINGS, Position.START);

  @TempDir Path folder;

  @ParameterizedTest
  @EnumSource(value = OuterStepType.class, names = "AVERAGE", mode = EnumSource.Mode.EXCLUDE)
  void goesOnFromAnyCheckpointAsIfItHadNeverStopped(OuterStepType type) throws Exception {
    OuterStep outer = OuterStep.of(type, 0.7, 0.9, MODEL);
    CheckpointStore store =
        new CheckpointStore(new org.apache.hadoop.fs.Path(folder.toUri()), new Configuration());
    RoundListener save =
        (plan, outcome, state) -> store.save(checkpoint(state, plan.next().position()), 100);
    try (JavaSparkContext spark = LocalSpark.ofSlots(2)) {
      SparkReplicas replicas = TinyRuns.replicas(spark, MODEL);
      RunState whole =
          new RoundLoop(replicas, outer, List.of(save))
              .run(FIRST, RunState.of(Network.initialState(MODEL)))
              .state();
      List<String> names = store.names();
      for (String name : List.of(names.get(7), names.get(names.size() - 2))) {
        Checkpoint checkpoint = store.read(name);
        RunState resumed =
            new RoundLoop(replicas, outer, List.of())
                .run(new RoundPlan(SETTINGS, checkpoint.position()), checkpoint.state())
                .state();
        assertThat(hash(resumed)).as(name).isEqualTo(hash(whole));
      }
    }
  }

  @ParameterizedTest
  @EnumSource(value = OuterStepType.class, names = "AVERAGE", mode = EnumSource.Mode.EXCLUDE)
  void withoutMomentumAndAtLearningRateOneEveryRunIsPlainLocalSgdToTheBit(OuterStepType type)
      throws Exception {
    try (JavaSparkContext spark = LocalSpark.ofSlots(2)) {
      SparkReplicas replicas = TinyRuns.replicas(spark, MODEL);
      RunState start = RunState.of(Network.initialState(MODEL));
      List<String> hashes = new ArrayList<>();
      for (OuterStep outer : List.of(OuterStep.AVERAGE, OuterStep.of(type, 1, 0, MODEL))) {
        RunState end = new RoundLoop(replicas, outer, List.of()).run(FIRST, start).state();
        hashes.add(StateHash.sha256(end.model().parameters()));
      }
      assertThat(hashes.get(1)).isEqualTo(hashes.get(0));
    }
  }

  @Test
  void momentumMovesWeightsBeyondTheAverageAndLeavesStatisticsAtIt() throws Exception {
    List<Stretch> statistics;
    try (Network network = Network.build(MODEL)) {
      statistics = network.updatePlan().statistics();
    }
    RoundListener check =
        (plan, outcome, state) -> {
          int same = 0;
          float[] average = outcome.average().parameters();
          float[] parameters = state.model().parameters();
          for (int i = 0; i < average.length; i++) {
            int at = i;
            if (statistics.stream().anyMatch(s -> at >= s.from() && at < s.to())) {
              assertThat(parameters[i]).isEqualTo(average[i]);
            } else if (parameters[i] == average[i]) {
              same++;
            }
          }
          assertThat(same).isLessThan(average.length / 10);
        };
    try (JavaSparkContext spark = LocalSpark.ofSlots(2)) {
      OuterStep outer = OuterStep.of(OuterStepType.SLOWMO, 0.9, 0.6, MODEL);
      new RoundLoop(TinyRuns.replicas(spark, MODEL), outer, List.of(check))
          .run(FIRST, RunState.of(Network.initialState(MODEL)));
    }
  }

  private static Checkpoint checkpoint(RunState state, Position position) {
    Checkpoint any = TinyCheckpoint.at(position, 1);
    return new Checkpoint(
        MODEL, Network.layoutOf(MODEL), state, position, any.trainedOn(), any.settings());
  }

  private static String hash(RunState state) {
    return StateHash.sha256(state.model().parameters())
        + StateHash.sha256(state.model().optimizer())
        + StateHash.sha256(state.outerMomentum());
  }
}
