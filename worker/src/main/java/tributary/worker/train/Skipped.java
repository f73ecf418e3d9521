package tributary.worker.train;

import java.io.Serializable;
import java.util.Objects;

/**
 * Why a replica's part of a round does not count, and what is lost by that. Sent.
 *
 * @param reason follows the replica's name in a sentence, as in "reported loss NaN at its step 3"
 * @param examples that the epoch loses: the replica's whole share but for bad ones, or what it
 *     trained of it
 */
public record Skipped(String reason, Ledger examples) implements Serializable {
  /** Refuses missing parts. */
  public Skipped {
    Objects.requireNonNull(reason, "reason");
    Objects.requireNonNull(examples, "examples");
  }
}
