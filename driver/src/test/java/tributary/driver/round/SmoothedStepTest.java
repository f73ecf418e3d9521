package tributary.driver.round;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import tributary.datasets.Seeds;
import tributary.worker.model.ModelState;

class SmoothedStepTest {
  private static final int SIZE = 50;

  private final SplittableRandom random = Seeds.random(4);

  @Test
  void theAverageIsTheSumOfAllRoundsWithFadingWeights() {
    for (int trial = 0; trial < 20; trial++) {
      double decay = 0.01 + 0.98 * random.nextDouble();
      OuterStep step = OuterStep.smoothed(OuterStep.AVERAGE, decay);
      List<float[]> rounds = new ArrayList<>();
      RunState run = RunState.of(any());
      for (int round = 0; round < 30; round++) {
        ModelState average = any();
        rounds.add(average.parameters());
        run = step.next(round, run, average);
        for (int i = 0; i < SIZE; i++) {
          double expected = Math.pow(decay, round) * rounds.get(0)[i];
          for (int k = 1; k <= round; k++) {
            expected += (1 - decay) * Math.pow(decay, round - k) * rounds.get(k)[i];
          }
          assertThat((double) run.smoothed()[i]).isCloseTo(expected, within(1e-5));
        }
      }
    }
  }

  @Test
  void trainingGoesOnAsIfThereWereNone() {
    for (OuterStep plain : List.of(OuterStep.AVERAGE, momentum())) {
      RunState with = RunState.of(any());
      RunState without = with;
      for (int round = 0; round < 10; round++) {
        ModelState average = any();
        with = OuterStep.smoothed(plain, 0.9).next(round, with, average);
        without = plain.next(round, without, average);
        assertThat(with.model().parameters()).isEqualTo(without.model().parameters());
        assertThat(with.model().optimizer()).isSameAs(average.optimizer());
        assertThat(with.outerMomentum()).isEqualTo(without.outerMomentum());
      }
      assertThat(without.smoothed()).isEmpty();
      assertThat(without.measured()).isSameAs(without.model());
      assertThat(with.measured().parameters()).isSameAs(with.smoothed());
      assertThat(with.smoothed()).isNotEqualTo(with.model().parameters());
    }
  }

  @Test
  void aStateKeepsItsAverageWhateverElseChanges() {
    RunState run = OuterStep.smoothed(OuterStep.AVERAGE, 0.5).next(0, RunState.of(any()), any());
    assertThat(run.afterDroppedRound().smoothed()).isSameAs(run.smoothed());
    assertThat(run.withResidual(run.residual()).smoothed()).isSameAs(run.smoothed());
    assertThat(run.withOuterMomentum(new float[SIZE]).smoothed()).isSameAs(run.smoothed());
  }

  @Test
  void aDecayOfZeroKeepsNoneAndOneIsRefused() {
    assertThat(OuterStep.smoothed(OuterStep.AVERAGE, 0)).isSameAs(OuterStep.AVERAGE);
    assertThatThrownBy(() -> OuterStep.smoothed(OuterStep.AVERAGE, 1))
        .hasMessage("decay must be in [0, 1), got 1.0");
  }

  private static OuterStep momentum() {
    return new OuterMomentum(
        OuterMomentum.Kind.SLOWMO,
        0.9,
        0.5,
        new tributary.worker.model.ParameterLayout(List.of(), 0),
        List.of());
  }

  private ModelState any() {
    float[] parameters = new float[SIZE];
    for (int i = 0; i < SIZE; i++) {
      parameters[i] = (float) (2 * random.nextDouble() - 1);
    }
    return new ModelState(parameters, new float[] {(float) random.nextDouble()});
  }
}
