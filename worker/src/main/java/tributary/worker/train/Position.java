package tributary.worker.train;

import java.io.Serializable;
import tributary.datasets.Checks;

/**
 * How far a run has come; with the state, all that a resumed run needs.
 *
 * @param round rounds finished
 * @param epoch epochs finished
 * @param offset places of the current epoch's order that were dealt out, {@code
 *     0..examplesPerEpoch}
 * @param step optimizer steps that a replica has taken: of each round the most that one of them
 *     took, so that a schedule goes on with the fastest replica when others meet a deadline
 * @param leftOver of those places, the ones that replicas did not get to before a deadline: they
 *     are dealt out again when the order is through
 */
public record Position(int round, int epoch, long offset, long step, Places leftOver)
    implements Serializable {
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
    Checks.argument(
        leftOver.areDistinctBefore(offset),
        "left-over places must be distinct and below offset %d, got %s",
        offset,
        leftOver);
  }

  /** A position with nothing left over. */
  public Position(int round, int epoch, long offset, long step) {
    this(round, epoch, offset, step, Places.NONE);
  }

  /** Examples of the current epoch that are done with: trained, or lost. */
  public long done() {
    return offset - leftOver.size();
  }

  /** Whether something of an epoch of so many examples is still to be done. */
  public boolean isInside(long examplesPerEpoch) {
    return offset <= examplesPerEpoch && done() < examplesPerEpoch;
  }
}
