package tributary.driver.report;

import java.io.IOException;
import java.util.function.BiFunction;
import tributary.driver.checkpoint.Checkpoint;
import tributary.driver.checkpoint.CheckpointStore;
import tributary.driver.round.RoundListener;
import tributary.driver.round.RoundOutcome;
import tributary.driver.round.RunState;
import tributary.worker.train.Position;
import tributary.worker.train.RoundPlan;

/** Commits a checkpoint after every so many rounds, and at the end. */
public final class CheckpointListener implements RoundListener {
  private final CheckpointStore store;
  private final BiFunction<RunState, Position, Checkpoint> checkpoint;
  private final int everyRounds;
  private final int keep;

  /**
   * A listener that saves to {@code store}.
   *
   * @param checkpoint makes the checkpoint of a state at a position
   * @param everyRounds 0 for the end alone
   * @param keep how many of the newest stay
   */
  public CheckpointListener(
      CheckpointStore store,
      BiFunction<RunState, Position, Checkpoint> checkpoint,
      int everyRounds,
      int keep) {
    this.store = store;
    this.checkpoint = checkpoint;
    this.everyRounds = everyRounds;
    this.keep = keep;
  }

  @Override
  public void roundFinished(RoundPlan plan, RoundOutcome outcome, RunState state)
      throws IOException {
    RoundPlan next = plan.next();
    boolean due = everyRounds > 0 && next.position().round() % everyRounds == 0;
    if (due || next.finished()) {
      save(state, next.position());
    }
  }

  /** Commits a checkpoint now. */
  public void save(RunState state, Position position) throws IOException {
    store.save(checkpoint.apply(state, position), keep);
  }
}
