package tributary.worker.train;

import java.util.Objects;
import tributary.datasets.Checks;
import tributary.worker.model.ModelState;

/**
 * What one replica brings home from a round. Stays on the executor, which cuts the state into
 * slices for the average.
 *
 * @param report what it did
 * @param state where it ended, finite throughout; weighs {@code report.labels()} in the average;
 *     null if its part does not count
 */
public record RoundResult(ReplicaReport report, ModelState state) {
  /** Refuses missing parts, and a state that must not get into an average. */
  public RoundResult {
    Objects.requireNonNull(report, "report");
    Checks.argument(
        (state == null) == report.isSkipped(), "a part has a state if and only if it counts");
  }
}
