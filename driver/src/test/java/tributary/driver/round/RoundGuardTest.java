package tributary.driver.round;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import tributary.datasets.shard.BadExample;
import tributary.driver.conf.NonFinitePolicy;
import tributary.driver.exchange.ExchangeTimes;
import tributary.worker.model.ModelState;
import tributary.worker.train.DivergedException;
import tributary.worker.train.Ledger;
import tributary.worker.train.Places;
import tributary.worker.train.Position;
import tributary.worker.train.ReplicaReport;
import tributary.worker.train.RoundPlan;
import tributary.worker.train.RoundSettings;
import tributary.worker.train.Skipped;

/**
 * Two epochs of 50 examples in rounds of 20, 20 and 10; each round adds 1 to the only parameter.
 */
class RoundGuardTest {
  private static final RoundPlan FIRST =
      new RoundPlan(new RoundSettings(2, 1, 10, 2, 50, 1), Position.START);
  private static final int[] SHARDS = {50};

  private final List<RoundOutcome> outcomes = new ArrayList<>();
  private final List<RunState> states = new ArrayList<>();

  @Test
  void failEndsTheRunNamingRoundReplicaHostAndReason() {
    assertThatThrownBy(() -> run(NonFinitePolicy.FAIL, 5, diverging(1, round -> round == 2)))
        .isInstanceOf(DivergedException.class)
        .hasMessage(
            "Training diverged in round 2: replica 1 on host1 has NaN in layer a; lower"
                + " optimizer.learning-rate");
    assertThat(states).hasSize(2);
  }

  @Test
  void skipReplicaGoesOnWithTheOthersAndTellsWhatIsLost() throws Exception {
    run(NonFinitePolicy.SKIP_REPLICA, 1, diverging(1, round -> round == 1));

    assertThat(parameters()).containsExactly(1, 2, 3, 4, 5, 6);
    assertThat(outcomes)
        .extracting(RoundOutcome::examples)
        .containsExactly(20L, 10L, 10L, 20L, 20L, 10L);
    assertThat(outcomes)
        .extracting(RoundOutcome::skippedExamples)
        .containsExactly(0L, 10L, 0L, 0L, 0L, 0L);
  }

  @Test
  void skipReplicaFailsARoundThatLosesMoreThanIsAllowed() {
    Replicas both = (plan, start) -> round(plan, start, replica -> true);
    assertThatThrownBy(() -> run(NonFinitePolicy.SKIP_REPLICA, 1, both))
        .isInstanceOf(DivergedException.class)
        .hasMessageContaining("2 replicas left the finite numbers")
        .hasMessageContaining("training.skip-replicas-at-most is 1");
    assertThatThrownBy(() -> run(NonFinitePolicy.SKIP_REPLICA, 2, both))
        .as("a round without any replica")
        .isInstanceOf(DivergedException.class);
  }

  @Test
  void rollbackDropsTheRoundWithAllItsExamples() throws Exception {
    RunState end =
        run(NonFinitePolicy.ROLLBACK, 1, diverging(0, round -> round == 1 || round == 3));

    assertThat(parameters()).containsExactly(1, 1, 2, 2, 3, 4);
    assertThat(states.get(1).model()).isSameAs(states.get(0).model());
    assertThat(states).extracting(RunState::droppedRounds).containsExactly(0, 1, 0, 1, 0, 0);
    assertThat(outcomes)
        .extracting(RoundOutcome::examples)
        .containsExactly(20L, 0L, 10L, 0L, 20L, 10L);
    assertThat(outcomes)
        .extracting(RoundOutcome::skippedExamples)
        .containsExactly(0L, 20L, 0L, 20L, 0L, 0L);
    assertThat(end.model().parameters()).containsExactly(4);
  }

  @Test
  void rollbackEndsWhenThreeRoundsInARowWereDropped() {
    assertThatThrownBy(() -> run(NonFinitePolicy.ROLLBACK, 1, diverging(0, round -> round >= 1)))
        .isInstanceOf(DivergedException.class)
        .hasMessageStartingWith("Training diverged in round 4: replica 0 ")
        .hasMessageEndingWith("; the 3 rounds before it were dropped");
    assertThat(parameters()).containsExactly(1, 1, 1, 1);
  }

  @Test
  void rollbackCountsRoundsInARowOnly() throws Exception {
    run(NonFinitePolicy.ROLLBACK, 1, diverging(0, round -> round % 4 != 3));
    assertThat(parameters()).containsExactly(0, 0, 0, 1, 1, 1);
  }

  @Test
  void rollbackCountsTheRoundsBeforeACheckpointToo() throws Exception {
    RunState dropped =
        RunState.of(new ModelState(new float[1], new float[0]))
            .afterDroppedRound()
            .afterDroppedRound();
    RoundGuard guard = new RoundGuard(OuterStep.AVERAGE, NonFinitePolicy.ROLLBACK, 1);
    RoundPlan plan = FIRST.next().next();
    RunState third = guard.next(plan, round(plan, dropped, replica -> true), dropped).state();
    assertThat(third.droppedRounds()).isEqualTo(3);
    assertThatThrownBy(() -> guard.next(plan, round(plan, dropped, replica -> true), third))
        .isInstanceOf(DivergedException.class)
        .hasMessageEndingWith("; the 3 rounds before it were dropped");
    assertThat(
            guard.next(plan, round(plan, dropped, replica -> false), third).state().droppedRounds())
        .isZero();
  }

  @Test
  void aDroppedRoundLosesWhatItTrainedAndNotWhatItLeftOver() throws Exception {
    RoundGuard guard = new RoundGuard(OuterStep.AVERAGE, NonFinitePolicy.ROLLBACK, 1);
    RunState start = RunState.of(new ModelState(new float[1], new float[0]));
    ReplicaReport diverged =
        report(FIRST, 1).without(new Skipped("has NaN", report(FIRST, 1).trained()));
    ReplicaReport early =
        new ReplicaReport(0, "h", 6, 1, 6, 1, Ledger.of(new long[6], SHARDS), 0, 0, 1).leaving(4);
    RoundOutcome outcome =
        new RoundOutcome(start.model(), List.of(early, diverged), ExchangeTimes.ofWork(1));
    RoundOutcome dropped = guard.next(FIRST, outcome, start).outcome();
    assertThat(dropped.skippedExamples()).isEqualTo(16);
    assertThat(dropped.next(FIRST).position().leftOver()).isEqualTo(Places.of(6, 4));
  }

  @Test
  void aRoundOfBadExamplesAloneLeavesTheStateAsItWasWithItsMomentum() throws Exception {
    RunState start =
        RunState.of(new ModelState(new float[] {3}, new float[0]))
            .withOuterMomentum(new float[] {5})
            .afterDroppedRound();
    ReplicaReport bad =
        new ReplicaReport(0, "h", 0, 1, 0, 0, Ledger.EMPTY, 0, 0, 0)
            .leavingOut(List.of(new BadExample("train", 3, "train-00000.tar", "3", 0, "no image")));
    RoundOutcome outcome =
        new RoundOutcome(start.model(), List.of(bad, bad), ExchangeTimes.ofWork(1));
    RoundGuard guard = new RoundGuard(OuterStep.AVERAGE, NonFinitePolicy.FAIL, 1);
    assertThat(guard.next(FIRST, outcome, start).state()).isSameAs(start);
  }

  @Test
  void noStateThatIsNotFiniteLeavesARoundWhateverMadeIt() throws Exception {
    Replicas overflows =
        (plan, start) ->
            new RoundOutcome(
                new ModelState(new float[] {1}, new float[] {0, Float.POSITIVE_INFINITY}),
                List.of(report(plan, 0)),
                ExchangeTimes.ofWork(1));
    assertThatThrownBy(() -> run(NonFinitePolicy.SKIP_REPLICA, 1, overflows))
        .isInstanceOf(DivergedException.class)
        .hasMessageStartingWith(
            "Training diverged in round 0: the round leads to Infinity at place 1 of the optimizer"
                + " state");
    assertThat(states).isEmpty();
  }

  private RunState run(NonFinitePolicy policy, int atMost, Replicas replicas) throws Exception {
    states.clear();
    outcomes.clear();
    RoundListener keep =
        (plan, outcome, state) -> {
          outcomes.add(outcome);
          states.add(state);
        };
    RoundGuard guard = new RoundGuard(OuterStep.AVERAGE, policy, atMost);
    return new RoundLoop(replicas, guard, List.of(keep), () -> false)
        .run(FIRST, RunState.of(new ModelState(new float[1], new float[0])))
        .state();
  }

  private List<Integer> parameters() {
    return states.stream().map(state -> Math.round(state.model().parameters()[0])).toList();
  }

  private static Replicas diverging(int which, IntPredicate rounds) {
    return (plan, start) ->
        round(plan, start, replica -> replica == which && rounds.test(plan.position().round()));
  }

  private static RoundOutcome round(RoundPlan plan, RunState start, IntPredicate diverges) {
    List<ReplicaReport> reports =
        IntStream.range(0, 2)
            .mapToObj(
                replica -> {
                  ReplicaReport report = report(plan, replica);
                  return diverges.test(replica)
                      ? report.without(new Skipped("has NaN in layer a", report.trained()))
                      : report;
                })
            .toList();
    float next = start.model().parameters()[0] + 1;
    return new RoundOutcome(
        new ModelState(new float[] {next}, new float[0]), reports, ExchangeTimes.ofWork(1));
  }

  private static ReplicaReport report(RoundPlan plan, int replica) {
    long[] numbers = plan.share(replica).stream().toArray();
    return new ReplicaReport(
        replica,
        "host" + replica,
        numbers.length,
        1,
        /* labels= */ numbers.length,
        1,
        Ledger.of(numbers, SHARDS),
        0,
        0,
        /* computeSeconds= */ 1);
  }
}
