package tributary.worker.train;

import java.util.Objects;
import tributary.worker.model.ModelState;

/**
 * What one replica brings home from a round. Stays on the executor, which cuts the state into
 * slices for the average.
 *
 * @param report what it did
 * @param state where it ended; weighs {@code report.examples()} in the average
 */
public record RoundResult(ReplicaReport report, ModelState state) {
  /** Refuses missing parts. */
  public RoundResult {
    Objects.requireNonNull(report, "report");
    Objects.requireNonNull(state, "state");
  }
}
