package tributary.driver.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import tributary.driver.exchange.ExchangeTimes;
import tributary.driver.round.RoundOutcome;
import tributary.driver.round.Straggler;
import tributary.worker.model.ModelState;
import tributary.worker.train.Ledger;
import tributary.worker.train.Position;
import tributary.worker.train.ReplicaReport;
import tributary.worker.train.RoundPlan;
import tributary.worker.train.RoundSettings;

class StragglerListenerTest {
  private final StragglerListener listener = new StragglerListener(2);
  private final List<String> warnings = new ArrayList<>();
  private RoundPlan plan = new RoundPlan(new RoundSettings(3, 1, 1, 1, 1000, 1), Position.START);

  @Test
  void theSlowestIsComparedWithTheMedianOfTheOthersStepByStep() {
    Straggler slowest =
        Straggler.of(List.of(at("a", 0, 10, 2), at("b", 1, 1, 3), at("c", 2, 10, 1))).orElseThrow();
    assertThat(slowest.replica()).isEqualTo(1);
    assertThat(slowest.host()).isEqualTo("b");
    assertThat(slowest.times()).isCloseTo(15, within(1e-9));
  }

  @Test
  void fewerThanTwoWorkingReplicasHaveNoSlowest() {
    assertThat(Straggler.of(List.of(at("a", 0, 1, 1), at("b", 1, 0, 0)))).isEmpty();
  }

  @Test
  void oneWarningNamesReplicaAndHostAfterThreeSlowRoundsInARow() {
    for (int round = 0; round < 6; round++) {
      round(at("fast", 0, 1, 1), at("slow", 1, 1, 2.5), at("fast", 2, 1, 1));
    }
    assertThat(warnings)
        .containsExactly(
            "Replica 1 on host slow is a straggler: its steps took 2.5 times the others' median in"
                + " round 2, the third slow one in a row; all others wait for it");
  }

  @Test
  void aSlowHostIsFoundThoughItGetsAnotherReplicaEachRound() {
    round(at("slow", 0, 1, 10), at("fast", 1, 1, 1), at("fast", 2, 1, 1));
    round(at("fast", 0, 1, 1), at("slow", 1, 1, 10), at("fast", 2, 1, 1));
    round(at("fast", 0, 1, 1), at("fast", 1, 1, 1), at("slow", 2, 1, 10));
    assertThat(warnings).singleElement().asString().startsWith("Replica 2 on host slow ");
  }

  @Test
  void aRoundInTimeBreaksTheRow() {
    for (int round = 0; round < 8; round++) {
      double seconds = round % 3 == 2 ? 2 : 3;
      round(at("a", 0, 1, 1), at("b", 1, 1, seconds), at("c", 2, 1, 1));
    }
    assertThat(warnings).isEmpty();
  }

  @Test
  void aHostAloneIsNotBlamedForReplicasThatTakeTurns() {
    for (int round = 0; round < 6; round++) {
      round(at("a", 0, 1, 1), at("a", 1, 1, 3 + round % 2), at("a", 2, 1, 4 - round % 2));
    }
    assertThat(warnings).isEmpty();
  }

  private void round(ReplicaReport... reports) {
    RoundOutcome outcome =
        new RoundOutcome(
            new ModelState(new float[0], new float[0]), List.of(reports), ExchangeTimes.ofWork(1));
    listener.warning(plan, outcome).ifPresent(warnings::add);
    plan = plan.next();
  }

  private static ReplicaReport at(String host, int replica, int steps, double computeSeconds) {
    return new ReplicaReport(
        replica, host, steps, steps, steps, 1, Ledger.EMPTY, 0, 0, computeSeconds);
  }
}
