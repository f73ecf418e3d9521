package tributary.worker.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.learning.config.Nesterovs;
import org.nd4j.linalg.schedule.FixedSchedule;
import org.nd4j.linalg.schedule.ISchedule;
import tributary.datasets.Seeds;

class RateScheduleTest {
  private final SplittableRandom random = Seeds.random(11);
  private final double rate = 1e-4 + random.nextDouble();

  /** Compares all steps, and some beyond the end, with a rate that is found in another way. */
  private void assertRates(RateSchedule schedule, Expected expected) {
    ISchedule found = schedule.from(rate);
    double value = rate;
    for (int step = 0; step < 3 * (schedule.warmupSteps() + schedule.decaySteps()); step++) {
      value = expected.at(step, value);
      double warm = Math.min(1, (step + 1) / (double) Math.max(1, schedule.warmupSteps()));
      assertThat(found.valueAt(step, random.nextInt(9)))
          .as("step %d of %s", step, schedule)
          .isCloseTo(value * warm, within(1e-9 * rate));
    }
  }

  private interface Expected {
    /** The rate without a warm-up. */
    double at(int step, double before);
  }

  private RateSchedule any(RateSchedule.Type type, int warmup) {
    return new RateSchedule(
        type,
        warmup,
        1 + random.nextInt(40),
        0.05 + 0.9 * random.nextDouble(),
        0.5 + 2 * random.nextDouble(),
        rate * random.nextDouble() / 2);
  }

  private RateSchedule any(RateSchedule.Type type) {
    return any(type, random.nextInt(2) * random.nextInt(30));
  }

  @Test
  void dropsAfterEverySoManyStepsOfTheRun() {
    for (int i = 0; i < 50; i++) {
      RateSchedule schedule = any(RateSchedule.Type.STEP);
      assertRates(
          schedule,
          (step, before) ->
              step > 0 && step % schedule.decaySteps() == 0 ? before * schedule.factor() : before);
    }
  }

  @Test
  void fallsExponentiallyByTheSameFactorInAsManySteps() {
    for (int i = 0; i < 50; i++) {
      RateSchedule schedule = any(RateSchedule.Type.EXPONENTIAL);
      ISchedule found = schedule.from(rate);
      for (int step = (int) schedule.warmupSteps(); step < 100; step++) {
        double now = found.valueAt(step, 0);
        int later = step + (int) schedule.decaySteps();
        assertThat(found.valueAt(later, 0)).isCloseTo(now * schedule.factor(), within(1e-9 * rate));
        assertThat(found.valueAt(step + 1, 0)).isLessThan(now);
      }
      assertThat(any(RateSchedule.Type.EXPONENTIAL, 0).from(rate).valueAt(0, 0)).isEqualTo(rate);
    }
  }

  @Test
  void fallsByAPowerOfWhatIsLeftAndStaysAtItsLastRate() {
    for (int i = 0; i < 50; i++) {
      RateSchedule schedule = any(RateSchedule.Type.POLYNOMIAL);
      assertRates(
          schedule,
          (step, before) -> {
            double left = (schedule.warmupSteps() + schedule.decaySteps() - step);
            double share = Math.min(1, Math.max(0, left) / schedule.decaySteps());
            return schedule.last()
                + (rate - schedule.last()) * Math.exp(schedule.power() * Math.log(share));
          });
    }
  }

  @Test
  void fallsAlongACosineAndStaysAtItsLastRate() {
    for (int i = 0; i < 50; i++) {
      RateSchedule schedule = any(RateSchedule.Type.COSINE);
      assertRates(
          schedule,
          (step, before) -> {
            double done = (step - schedule.warmupSteps()) / (double) schedule.decaySteps();
            double half = Math.cos(Math.PI / 2 * Math.min(1, Math.max(0, done))); // halved angle
            return schedule.last() + (rate - schedule.last()) * half * half;
          });
    }
  }

  @Test
  void growsEvenlyToTheRateThatStays() {
    for (int i = 0; i < 50; i++) {
      assertRates(any(RateSchedule.Type.CONSTANT), (step, before) -> rate);
    }
    RateSchedule four = any(RateSchedule.Type.CONSTANT, 4);
    assertThat(four.from(0.8).valueAt(0, 0)).isEqualTo(0.2);
    assertThat(four.from(0.8).valueAt(3, 0)).isEqualTo(0.8);
  }

  @Test
  void leavesAConstantRateToTheUpdaterItself() {
    assertThat(updater(RateSchedule.CONSTANT)).isEqualTo(new Nesterovs(0.1, 0.9));
  }

  @ParameterizedTest
  @EnumSource(RateSchedule.Type.class)
  void comesBackFromTheModelsJsonAsItWas(RateSchedule.Type type) {
    RateSchedule schedule = any(type, 7);
    ModelConfiguration model = TinyNets.stack(updater(schedule));
    ModelConfiguration read = ModelConfiguration.parse(model.json(), "model.json");
    var updater = read.multiLayer().getConf(0).getLayer().getUpdaterByParam("W");
    assertThat(updater).isEqualTo(updater(schedule));
    for (int step = 0; step < 100; step++) {
      assertThat(updater.getLearningRate(step, 0)).isEqualTo(schedule.from(0.1).valueAt(step, 0));
    }
    assertThat(ModelConfiguration.of(read.multiLayer()).json()).isEqualTo(model.json());
  }

  @Test
  void refusesJsonWithoutSense() {
    ModelConfiguration model = TinyNets.stack(updater(any(RateSchedule.Type.COSINE, 0)));
    String broken = model.json().replaceAll("\"steps\" : \\d+", "\"steps\" : 0");
    assertThat(broken).isNotEqualTo(model.json());
    assertThatThrownBy(() -> ModelConfiguration.parse(broken, "model.json"))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("steps must be >= 1, got 0");
    String foreign = model.json().replace(AnnealingSchedule.class.getName(), "tributary.Evil");
    assertThatThrownBy(() -> ModelConfiguration.parse(foreign, "model.json"))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("[tributary.Evil]");
  }

  @Test
  void refusesWarmupOfNothing() {
    assertThatThrownBy(() -> new WarmupSchedule(new FixedSchedule(1), 0))
        .hasMessage("steps must be >= 1, got 0");
  }

  private static org.nd4j.linalg.learning.config.IUpdater updater(RateSchedule schedule) {
    return new OptimizerSettings(OptimizerSettings.Type.NESTEROVS, 0.1, 0.9, 0, schedule).updater();
  }
}
