package tributary.worker.engine.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.config.Nesterovs;
import org.nd4j.linalg.learning.config.Sgd;
import org.nd4j.linalg.schedule.ExponentialSchedule;
import org.nd4j.linalg.schedule.ISchedule;
import org.nd4j.linalg.schedule.ScheduleType;
import org.nd4j.linalg.schedule.StepSchedule;
import tributary.datasets.Seeds;
import tributary.datasets.minibatch.Minibatch;
import tributary.worker.engine.Engine;
import tributary.worker.engine.EngineSettings;
import tributary.worker.engine.Replica;
import tributary.worker.engine.StepKey;
import tributary.worker.engine.nd4j.Nd4jEngine;
import tributary.worker.model.AnnealingSchedule;
import tributary.worker.model.GradientClip;
import tributary.worker.model.ModelConfiguration;
import tributary.worker.model.ModelState;
import tributary.worker.model.Network;
import tributary.worker.model.TinyNets;
import tributary.worker.model.UpdateRules;
import tributary.worker.model.WarmupSchedule;

/** What a run says about updates, through both engines. */
class UpdateRulesParityTest {
  private static final int STEPS = 6;
  private static final ISchedule COSINE =
      new AnnealingSchedule(AnnealingSchedule.Shape.COSINE, 0.1, 0.01, 1, 2, 4);

  @ParameterizedTest
  @MethodSource("schedules")
  void bothEnginesFollowEverySchedule(ISchedule schedule) {
    for (IUpdater updater : new IUpdater[] {new Sgd(schedule), new Nesterovs(schedule, schedule)}) {
      ModelConfiguration model = TinyNets.stack(updater);
      assertAgree(model, UpdateRulesParityTest::plain);
    }
  }

  static Stream<ISchedule> schedules() {
    return Stream.of(
        new StepSchedule(ScheduleType.ITERATION, 0.2, 0.3, 2),
        new ExponentialSchedule(ScheduleType.ITERATION, 0.2, 0.6),
        new AnnealingSchedule(AnnealingSchedule.Shape.POLYNOMIAL, 0.2, 0.01, 2, 0, 4),
        COSINE,
        new WarmupSchedule(COSINE, 2));
  }

  @Test
  void schedulesFollowTheRunAndCorrectionsTheOptimizer() {
    ModelConfiguration model = TinyNets.stack(new Adam(COSINE));
    assertAgree(model, i -> new StepKey(i % 2, 0, 1, UpdateRules.at(i)));
    // With a rate of 0 nothing moves, wherever the optimizer stands.
    ISchedule over = new AnnealingSchedule(AnnealingSchedule.Shape.POLYNOMIAL, 1, 0, 1, 0, 9);
    ModelConfiguration still = TinyNets.stack(new Adam(over));
    for (Engine engine : engines()) {
      assertThat(trained(engine, still, i -> new StepKey(i, 0, 1, UpdateRules.at(9 + i))))
          .usingComparatorWithPrecision(1e-6f) // ND4J's Adam takes epsilon for a rate of 0
          .containsExactly(Network.initialState(still).parameters());
    }
  }

  @Test
  void theFactorOfTheRateIsThatOfEveryUpdatersRate() {
    for (ModelConfiguration model :
        new ModelConfiguration[] {TinyNets.graph(), TinyNets.stack(new Sgd(0.3))}) {
      assertAgree(model, i -> new StepKey(i, 0, 1, new UpdateRules(i, 0.25, GradientClip.NONE)));
    }
    for (Engine engine : engines()) {
      float[] factored =
          trained(
              engine,
              TinyNets.stack(new Sgd(0.5)),
              i -> new StepKey(i, 0, 1, new UpdateRules(i, 0.25, GradientClip.NONE)));
      assertThat(factored)
          .isEqualTo(trained(engine, TinyNets.stack(new Sgd(0.125)), UpdateRulesParityTest::plain));
    }
  }

  @ParameterizedTest
  @MethodSource("clips")
  void bothEnginesClipGradientsAlike(GradientClip clip) {
    Keys keys = i -> new StepKey(i, 0, 1, new UpdateRules(i, 1, clip));
    for (ModelConfiguration model :
        new ModelConfiguration[] {
          TinyNets.graph(), TinyNets.stack(), TinyNets.normalizedStack(new Nesterovs(0.2, 0.5))
        }) {
      assertAgree(model, keys);
      for (Engine engine : engines()) {
        assertThat(trained(engine, model, keys))
            .isNotEqualTo(trained(engine, model, UpdateRulesParityTest::plain));
      }
    }
  }

  static Stream<GradientClip> clips() {
    return Stream.of(new GradientClip(0.05, 0), new GradientClip(0, 0.002));
  }

  @Test
  void aStepIsAsLongAsTheClippedNormAndGoesTheSameWay() {
    ModelConfiguration model = TinyNets.stack(new Sgd(1));
    float[] start = Network.initialState(model).parameters();
    for (Engine engine : engines()) {
      double[] free = move(start, oneStep(engine, model, GradientClip.NONE));
      double[] clipped = move(start, oneStep(engine, model, new GradientClip(0.01, 0)));
      assertThat(norm(free)).isGreaterThan(0.1);
      assertThat(norm(clipped)).isCloseTo(0.01, within(1e-5));
      assertThat(dot(free, clipped) / norm(free) / norm(clipped)).isCloseTo(1, within(1e-4));
      double[] loose = move(start, oneStep(engine, model, new GradientClip(1e6, 0)));
      assertThat(loose).isEqualTo(free);
      double[] bounded = move(start, oneStep(engine, model, new GradientClip(0, 0.001)));
      for (int i = 0; i < free.length; i++) {
        assertThat(bounded[i]).isCloseTo(Math.max(-0.001, Math.min(0.001, free[i])), within(2e-7));
      }
    }
  }

  private static float[] oneStep(Engine engine, ModelConfiguration model, GradientClip clip) {
    try (Replica replica = engine.replica(model)) {
      replica.load(Network.initialState(model));
      replica.step(minibatch(0), new StepKey(0, 0, 1, new UpdateRules(0, 1, clip)));
      return replica.state().parameters();
    }
  }

  private interface Keys {
    StepKey of(int step);
  }

  private static StepKey plain(int step) {
    return new StepKey(step, 0, 1);
  }

  private static Engine[] engines() {
    return new Engine[] {
      new Nd4jEngine(new EngineSettings(EngineSettings.Type.ND4J, 1)),
      new TorchEngine(new EngineSettings(EngineSettings.Type.TORCH, 1))
    };
  }

  private static void assertAgree(ModelConfiguration model, Keys keys) {
    float[] nd4j = trained(engines()[0], model, keys);
    float[] torch = trained(engines()[1], model, keys);
    double largest = 0;
    double difference = 0;
    for (int i = 0; i < nd4j.length; i++) {
      largest = Math.max(largest, Math.abs(nd4j[i]));
      difference = Math.max(difference, Math.abs(nd4j[i] - torch[i]));
    }
    assertThat(difference / largest).as(model.json()).isLessThan(1e-4);
    assertThat(nd4j).isNotEqualTo(Network.initialState(model).parameters());
  }

  private static float[] trained(Engine engine, ModelConfiguration model, Keys keys) {
    try (Replica replica = engine.replica(model)) {
      ModelState start = Network.initialState(model);
      replica.load(start);
      for (int i = 0; i < STEPS; i++) {
        replica.step(minibatch(i), keys.of(i));
      }
      return replica.state().parameters();
    }
  }

  private static Minibatch minibatch(int seed) {
    SplittableRandom random = Seeds.random(seed);
    int size = 5 + seed % 3;
    float[] features = new float[size * 28 * 28];
    int[] labels = new int[size];
    for (int i = 0; i < features.length; i++) {
      features[i] = (float) (random.nextDouble() * 2 - 1);
    }
    for (int i = 0; i < size; i++) {
      labels[i] = random.nextInt(10);
    }
    return new Minibatch(new long[size], features, new int[] {size, 1, 28, 28}, labels, 10);
  }

  private static double[] move(float[] from, float[] to) {
    double[] move = new double[from.length];
    for (int i = 0; i < move.length; i++) {
      move[i] = to[i] - (double) from[i];
    }
    return move;
  }

  private static double norm(double[] values) {
    return Math.sqrt(dot(values, values));
  }

  private static double dot(double[] a, double[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += a[i] * b[i];
    }
    return sum;
  }
}
