package tributary.driver.round;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import tributary.datasets.Seeds;
import tributary.driver.exchange.ExchangeTimes;
import tributary.worker.model.ModelState;
import tributary.worker.train.Ledger;
import tributary.worker.train.LocalSteps;
import tributary.worker.train.OptimizerStatePolicy;
import tributary.worker.train.Position;
import tributary.worker.train.ReplicaReport;
import tributary.worker.train.RoundPlan;
import tributary.worker.train.RoundSettings;

class RoundCostTest {
  private static final RoundSettings SETTINGS = new RoundSettings(2, 1, 10, 3, 1000, 1);
  private static final ModelState START = new ModelState(new float[] {1}, new float[0]);

  @Test
  void fewestStepsAreTheFewestWithinTheBudget() {
    SplittableRandom random = Seeds.random(1);
    for (int trial = 0; trial < 1000; trial++) {
      RoundCost cost = new RoundCost(random.nextDouble(), 0.001 + random.nextDouble());
      double budget = 0.001 + 0.9 * random.nextDouble();
      int steps = cost.fewestSteps(budget, 1_000_000);
      assertThat(cost.overheadShare(steps)).isLessThanOrEqualTo(budget + 1e-12);
      if (steps > 1) {
        assertThat(cost.overheadShare(steps - 1)).isGreaterThan(budget - 1e-12);
      }
    }
  }

  @Test
  void nineteenStepsOfASecondKeepASecondsOverheadAtFivePercent() {
    assertThat(new RoundCost(1, 1).fewestSteps(0.05, 1000)).isEqualTo(19);
    assertThat(new RoundCost(1, 1).overheadShare(19)).isCloseTo(0.05, within(1e-12));
    assertThat(new RoundCost(0, 1).fewestSteps(0.05, 1000)).isEqualTo(1);
    assertThat(new RoundCost(100, 0.001).fewestSteps(0.05, 77)).isEqualTo(77);
  }

  @Test
  void additionalStepsTakeTheAdditionalTime() {
    RoundCost cost = RoundCost.of(1.25, 2.25, 5, 1.0);
    assertThat(cost).isEqualTo(new RoundCost(1, 0.25));
  }

  @Test
  void aStepTakesNoLessThanItsComputing() {
    assertThat(RoundCost.of(2.0, 1.9, 5, 1.0)).isEqualTo(new RoundCost(1.8, 0.2));
    assertThat(RoundCost.of(0.1, 0.1, 1, 0.2)).isEqualTo(new RoundCost(0, 0.2));
  }

  @Test
  void measuresRoundsFromTheStartAndIsNotDisturbedByASlowOne() throws Exception {
    List<RoundPlan> plans = new ArrayList<>();
    Replicas replicas =
        (plan, start) -> {
          plans.add(plan);
          assertThat(start.model()).isSameAs(START);
          double hiccup = plans.size() == 1 || plans.size() == 4 ? 9 : 0;
          return outcome(2 + 0.5 * plan.steps() + hiccup, 0.4 * plan.steps());
        };

    RoundCost cost = RoundCost.measure(replicas, SETTINGS, START);

    assertThat(cost).isEqualTo(new RoundCost(2, 0.5));
    assertThat(plans).extracting(RoundPlan::position).containsOnly(Position.START);
    assertThat(plans).extracting(RoundPlan::steps).containsExactly(5, 1, 5, 1, 5, 1, 5);
  }

  @Test
  void keepsToTheRunsSettingsBesideTheSteps() throws Exception {
    RoundSettings settings =
        new RoundSettings(3, new LocalSteps(7, 2), 4, 2, 10, 5, OptimizerStatePolicy.RESET);
    List<RoundPlan> plans = new ArrayList<>();
    RoundCost.measure(
        (plan, start) -> {
          plans.add(plan);
          return outcome(1, 0.25);
        },
        settings,
        START);
    assertThat(plans)
        .allSatisfy(
            plan -> assertThat(plan.settings().with(settings.localSteps())).isEqualTo(settings));
  }

  private static RoundOutcome outcome(double seconds, double computing) {
    return new RoundOutcome(
        START,
        List.of(new ReplicaReport(0, "host", 10, 1, 10, 1, Ledger.EMPTY, 0, 0, computing)),
        ExchangeTimes.ofWork(seconds));
  }
}
