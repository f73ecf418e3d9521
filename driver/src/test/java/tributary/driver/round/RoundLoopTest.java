package tributary.driver.round;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import tributary.driver.exchange.ExchangeTimes;
import tributary.driver.round.RoundLoop.Trained;
import tributary.worker.model.ModelState;
import tributary.worker.train.Position;
import tributary.worker.train.RoundPlan;
import tributary.worker.train.RoundSettings;

class RoundLoopTest {
  private static final RoundSettings SETTINGS = new RoundSettings(2, 1, 10, 2, 50, 1);

  /** Adds the round's number, so that a round that is left out or run twice shows. */
  private static final Replicas ADDS_ROUND =
      (plan, start) ->
          new RoundOutcome(
              state(start.model().parameters()[0] * 2 + plan.position().round()),
              List.of(),
              ExchangeTimes.ofWork(1));

  @Test
  void runsEveryRoundOfEveryEpochOnce() throws Exception {
    List<Position> seen = new ArrayList<>();
    RoundLoop loop =
        new RoundLoop(
            ADDS_ROUND,
            OuterStep.AVERAGE,
            List.of((plan, outcome, state) -> seen.add(plan.position())));
    Trained end = loop.run(new RoundPlan(SETTINGS, Position.START), run(0));
    assertThat(seen)
        .extracting(Position::round, Position::epoch, Position::offset)
        .containsExactly(
            tuple(0, 0, 0L),
            tuple(1, 0, 20L),
            tuple(2, 0, 40L),
            tuple(3, 1, 0L),
            tuple(4, 1, 20L),
            tuple(5, 1, 40L));
    assertThat(end.position()).isEqualTo(new Position(6, 2, 0, 6));
  }

  @Test
  void goesOnFromAnyRoundToTheSameEnd() throws Exception {
    List<RunState> states = new ArrayList<>();
    List<RoundPlan> plans = new ArrayList<>();
    RoundListener record =
        (plan, outcome, state) -> {
          states.add(state);
          plans.add(plan.next());
        };
    Trained whole =
        new RoundLoop(ADDS_ROUND, OuterStep.AVERAGE, List.of(record))
            .run(new RoundPlan(SETTINGS, Position.START), run(0));
    for (int i = 0; i < states.size(); i++) {
      Trained resumed =
          new RoundLoop(ADDS_ROUND, OuterStep.AVERAGE, List.of()).run(plans.get(i), states.get(i));
      assertThat(resumed.state().model().parameters())
          .containsExactly(whole.state().model().parameters());
    }
  }

  @Test
  void tellsListenersInTheirOrder() throws Exception {
    List<String> told = new ArrayList<>();
    RoundLoop loop =
        new RoundLoop(
            ADDS_ROUND,
            OuterStep.AVERAGE,
            List.of(
                (plan, outcome, state) -> told.add("first"),
                (plan, outcome, state) -> told.add("second")));
    loop.run(new RoundPlan(new RoundSettings(1, 1, 50, 1, 50, 1), Position.START), run(0));
    assertThat(told).containsExactly("first", "second");
  }

  @Test
  void endsWithTheErrorOfAListener() {
    RoundLoop loop =
        new RoundLoop(
            ADDS_ROUND,
            OuterStep.AVERAGE,
            List.of(
                (plan, outcome, state) -> {
                  throw new IllegalStateException("disk full");
                }));
    assertThatThrownBy(() -> loop.run(new RoundPlan(SETTINGS, Position.START), run(0)))
        .hasMessage("disk full");
  }

  @Test
  void doesNothingForARunThatIsDone() throws Exception {
    RoundPlan done = new RoundPlan(SETTINGS, new Position(6, 2, 0, 6));
    Trained end = new RoundLoop(ADDS_ROUND, OuterStep.AVERAGE, List.of()).run(done, run(3));
    assertThat(end.state().model().parameters()).containsExactly(3);
    assertThat(end.position()).isEqualTo(done.position());
  }

  @Test
  void stopsAfterTheRoundInWhichItIsAskedTo() throws Exception {
    List<Integer> rounds = new ArrayList<>();
    RoundLoop loop =
        new RoundLoop(
            ADDS_ROUND,
            RoundGuard.failing(OuterStep.AVERAGE),
            List.of((plan, outcome, state) -> rounds.add(plan.position().round())),
            () -> rounds.size() == 2);
    Trained end = loop.run(new RoundPlan(SETTINGS, Position.START), run(5));
    assertThat(rounds).containsExactly(0, 1);
    assertThat(end.position()).isEqualTo(new Position(2, 0, 40, 2));
    assertThat(end.state().model().parameters()).containsExactly(21);
  }

  private static org.assertj.core.groups.Tuple tuple(Object... values) {
    return org.assertj.core.groups.Tuple.tuple(values);
  }

  private static RunState run(float value) {
    return RunState.of(state(value));
  }

  private static ModelState state(float value) {
    return new ModelState(new float[] {value}, new float[0]);
  }
}
