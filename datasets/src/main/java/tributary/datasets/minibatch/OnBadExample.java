package tributary.datasets.minibatch;

import tributary.datasets.DataException;
import tributary.datasets.shard.BadExample;
import tributary.datasets.shard.BadExampleException;

/** What becomes of an example that cannot be used, though its shard is intact. */
public enum OnBadExample {
  /** It is an error. */
  FAIL,
  /** Its minibatch goes on without it, and is shorter. */
  SKIP;

  /**
   * The example that is left out.
   *
   * @throws BadExampleException with the remedy if none may be
   */
  BadExample leaveOut(BadExample bad, DataException cause) throws BadExampleException {
    if (this == SKIP) {
      return bad;
    }
    BadExampleException refusal =
        new BadExampleException(
            "Bad example "
                + bad.describe()
                + "; input.on-bad-example: skip trains and evaluates without such");
    refusal.initCause(cause);
    throw refusal;
  }
}
