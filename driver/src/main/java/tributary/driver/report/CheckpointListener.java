package tributary.driver.report;

import java.io.IOException;
import java.util.function.BiFunction;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tributary.driver.checkpoint.Checkpoint;
import tributary.driver.checkpoint.CheckpointException;
import tributary.driver.checkpoint.CheckpointStore;
import tributary.driver.conf.FailurePolicy;
import tributary.driver.round.RoundListener;
import tributary.driver.round.RoundOutcome;
import tributary.driver.round.RunState;
import tributary.worker.train.Position;
import tributary.worker.train.RoundPlan;

/**
 * Commits a checkpoint after every so many rounds, at the end, and when an evaluation that is
 * watched was the best.
 */
public final class CheckpointListener implements RoundListener {
  private static final Logger LOG = LoggerFactory.getLogger(CheckpointListener.class);

  private final CheckpointStore store;
  private final BiFunction<RunState, Position, Checkpoint> checkpoint;
  private final int everyRounds;
  private final int keep;
  private final FailurePolicy onFailure;
  private final Watch watch;
  private Position saved;

  /**
   * A listener that saves to {@code store}.
   *
   * @param checkpoint makes the checkpoint of a state at a position
   * @param everyRounds 0 for the end alone
   * @param keep how many of the newest stay
   * @param onFailure what becomes of the run when one between its rounds can't be written
   * @param watch says which evaluation was the best, and whether it was the last; it is told of an
   *     evaluation before this listener is of the round
   */
  public CheckpointListener(
      CheckpointStore store,
      BiFunction<RunState, Position, Checkpoint> checkpoint,
      int everyRounds,
      int keep,
      FailurePolicy onFailure,
      Watch watch) {
    this.store = store;
    this.checkpoint = checkpoint;
    this.everyRounds = everyRounds;
    this.keep = keep;
    this.onFailure = onFailure;
    this.watch = watch;
  }

  CheckpointListener(
      CheckpointStore store,
      BiFunction<RunState, Position, Checkpoint> checkpoint,
      int everyRounds,
      int keep,
      FailurePolicy onFailure) {
    this(store, checkpoint, everyRounds, keep, onFailure, Watch.none());
  }

  @Override
  public void roundFinished(RoundPlan plan, RoundOutcome outcome, RunState state)
      throws IOException {
    RoundPlan next = outcome.next(plan);
    boolean due = everyRounds > 0 && next.position().round() % everyRounds == 0;
    if (next.finished() || watch.isOver()) {
      save(state, next.position());
    } else if (due || watch.isBest(next.position().step())) {
      trySave(state, next.position());
    }
  }

  /** Commits a checkpoint of where the run stands, unless that is done. */
  public void save(RunState state, Position position) throws IOException {
    if (!position.equals(saved)) {
      store.save(checkpoint.apply(state, position), keep);
      saved = position;
    }
  }

  /** A lost lock ends the run whatever the policy: another process has gone on with it. */
  private void trySave(RunState state, Position position) throws IOException {
    try {
      save(state, position);
    } catch (CheckpointException e) {
      if (onFailure == FailurePolicy.FAIL) {
        throw e;
      }
      LOG.warn("{}; the run goes on, as checkpoint.on-failure says", e.getMessage());
    }
  }
}
