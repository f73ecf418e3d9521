package tributary.worker.train;

import java.io.Serializable;
import tributary.datasets.Checks;

/**
 * How far a run has come; with the state, all that a resumed run needs.
 *
 * @param round rounds finished
 * @param epoch epochs finished
 * @param offset examples of the current epoch that are trained, {@code 0..examplesPerEpoch-1}
 * @param step optimizer steps a replica has taken
 */
public record Position(int round, int epoch, long offset, long step) implements Serializable {
  /** Where every run begins. */
  public static final Position START = new Position(0, 0, 0, 0);

  /** Checks the ranges. */
  public Position {
    Checks.argument(
        round >= 0 && epoch >= 0 && offset >= 0 && step >= 0,
        "a position has no negative part, got round %d, epoch %d, offset %d, step %d",
        round,
        epoch,
        offset,
        step);
  }
}
