package tributary.driver.round;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.api.java.JavaSparkContext;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.Nesterovs;
import org.nd4j.linalg.learning.config.Sgd;
import tributary.datasets.Seeds;
import tributary.datasets.testing.FashionMnist;
import tributary.worker.executor.ExecutorRuntime;
import tributary.worker.model.AnnealingSchedule;
import tributary.worker.model.ModelConfiguration;
import tributary.worker.model.ModelState;
import tributary.worker.model.Network;
import tributary.worker.model.UpdatePlan.Block;
import tributary.worker.model.UpdatePlan.Stretch;
import tributary.worker.train.LocalSteps;
import tributary.worker.train.OptimizerStatePolicy;
import tributary.worker.train.OuterStepType;
import tributary.worker.train.Position;
import tributary.worker.train.RoundPlan;
import tributary.worker.train.RoundResult;
import tributary.worker.train.RoundSettings;
import tributary.worker.train.StepWatch;

/** What averaging or resetting the optimizer's state comes to, in closed form. */
@Tag("spark")
@ExtendWith(FashionMnist.class)
class OptimizerStateTest {
  private static final int TRAIN = TinyRuns.TRAIN;

  @Test
  void averagedMomentumIsThatOfTheJoinedMinibatches() throws Exception {
    // Momentum is linear in the gradient: with one step a round, replicas that weigh as much as
    // they have examples (the tail's 98 are 24, 25, 24 and 25) act as one with all of them.
    ModelConfiguration model = TinyRuns.plain(new Nesterovs(0.05, 0.9));
    ModelState four = train(model, new RoundSettings(4, 1, 32, 2, TRAIN, 3));
    ModelState joined = train(model, new RoundSettings(1, 1, 128, 2, TRAIN, 3));

    assertThat(four.optimizer())
        .usingComparatorWithPrecision(1e-5f)
        .containsExactly(joined.optimizer());
    assertThat(four.parameters())
        .usingComparatorWithPrecision(1e-5f)
        .containsExactly(joined.parameters());
    assertThat(four.optimizer()).isNotEqualTo(Network.initialState(model).optimizer());
  }

  @Test
  void resetMomentumNeverGathers() throws Exception {
    // The first step of Nesterov's momentum from zero is one of gradient descent, (1 + mu) as long.
    ModelConfiguration momentum = TinyRuns.plain(new Nesterovs(0.05, 0.9));
    ModelConfiguration descent = TinyRuns.plain(new Sgd(1.9 * 0.05));
    RoundSettings settings =
        new RoundSettings(2, LocalSteps.of(1), 32, 1, TRAIN, 3, OptimizerStatePolicy.RESET);
    ModelState reset = train(momentum, settings);

    assertThat(reset.optimizer()).containsOnly(0);
    assertThat(reset.parameters())
        .usingComparatorWithPrecision(1e-5f)
        .containsExactly(train(descent, settings).parameters());
  }

  @Test
  void schedulesGoOnWhereTheOptimizersStateStartsAnew() throws Exception {
    // Plain descent has no state: whether it is reset says nothing.
    ModelConfiguration model =
        TinyRuns.plain(
            new Sgd(new AnnealingSchedule(AnnealingSchedule.Shape.COSINE, 0.1, 0, 1, 0, 8)));
    RoundSettings kept = new RoundSettings(2, 2, 32, 1, TRAIN, 3);
    RoundSettings reset =
        new RoundSettings(2, LocalSteps.of(2), 32, 1, TRAIN, 3, OptimizerStatePolicy.RESET);
    assertThat(train(model, reset).parameters()).isEqualTo(train(model, kept).parameters());
  }

  @Test
  void statesAreMeansByExamplesOfWhatReplicasEndWith() throws Exception {
    ModelConfiguration model = TinyRuns.normalized(new Adam(1e-2));
    RoundPlan plan =
        new RoundPlan(new RoundSettings(3, 2, 16, 1, TRAIN, 8), new Position(6, 0, 600, 12));
    ModelState start = Network.initialState(model);
    List<RoundResult> results = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      int replica = i;
      results.add(
          ExecutorRuntime.with(
              TinyRuns.setup(model),
              new Configuration(),
              "host",
              runtime -> runtime.train(replica, plan, start, StepWatch.NONE)));
    }
    assertThat(results)
        .extracting(result -> result.report().examples())
        .containsExactly(3L, 3L, 4L);
    try (JavaSparkContext spark = LocalSpark.ofSlots(2)) {
      ModelState average =
          TinyRuns.replicas(spark, model).train(plan, RunState.of(start)).average();
      for (int i = 0; i < average.parameters().length; i++) {
        int at = i;
        assertThat(average.parameters()[i])
            .isEqualTo(mean(results.stream().map(r -> r.state().parameters()[at]).toList()));
      }
      for (int i = 0; i < average.optimizer().length; i++) {
        int at = i;
        assertThat(average.optimizer()[i])
            .isEqualTo(mean(results.stream().map(r -> r.state().optimizer()[at]).toList()));
      }
    }
  }

  @Test
  void averagedSecondMomentsAreNeverNegative() throws Exception {
    ModelConfiguration model = TinyRuns.normalized(new Adam(1e-2));
    List<Stretch> second = secondMoments(model);
    SplittableRandom random = Seeds.random(7);
    try (JavaSparkContext spark = LocalSpark.ofSlots(2)) {
      for (int trial = 0; trial < 5; trial++) {
        RoundSettings settings =
            new RoundSettings(
                1 + random.nextInt(5),
                1 + random.nextInt(4),
                5 + random.nextInt(28),
                1,
                TRAIN,
                trial + 1);
        RoundListener check =
            (plan, outcome, state) -> {
              double sum = 0;
              for (Stretch stretch : second) {
                for (long i = stretch.from(); i < stretch.to(); i++) {
                  float moment = state.model().optimizer()[(int) i];
                  assertThat(moment).as("%s", settings).isGreaterThanOrEqualTo(0);
                  sum += moment;
                }
              }
              assertThat(sum).isPositive();
            };
        new RoundLoop(
                TinyRuns.replicas(spark, model),
                OuterStep.of(OuterStepType.NESTEROV, 0.7, 0.9, model),
                List.of(check))
            .run(new RoundPlan(settings, Position.START), RunState.of(Network.initialState(model)));
      }
    }
  }

  private static ModelState train(ModelConfiguration model, RoundSettings settings)
      throws Exception {
    try (JavaSparkContext spark = LocalSpark.ofSlots(2)) {
      return new RoundLoop(TinyRuns.replicas(spark, model), OuterStep.AVERAGE, List.of())
          .run(new RoundPlan(settings, Position.START), RunState.of(Network.initialState(model)))
          .state()
          .model();
    }
  }

  /** Of replicas with 3, 3 and 4 examples. */
  private static float mean(List<Float> values) {
    return (float) ((3.0 * values.get(0) + 3.0 * values.get(1) + 4.0 * values.get(2)) / 10);
  }

  private static List<Stretch> secondMoments(ModelConfiguration model) {
    try (Network network = Network.build(model)) {
      return network.updatePlan().blocks().stream()
          .map(Block::state)
          .filter(parts -> parts.size() == 2)
          .map(parts -> parts.get(1))
          .toList();
    }
  }
}
