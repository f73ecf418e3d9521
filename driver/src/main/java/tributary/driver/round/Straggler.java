package tributary.driver.round;

import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import tributary.worker.train.ReplicaReport;

/**
 * The slowest replica of a round by the time that its engine takes for a step.
 *
 * @param replica which one
 * @param host where it ran
 * @param times how many times the others' median step its step took
 */
public record Straggler(int replica, String host, double times) {
  /** The slowest of some replicas; empty if fewer than two took steps. */
  public static Optional<Straggler> of(List<ReplicaReport> reports) {
    List<ReplicaReport> byPace =
        reports.stream()
            .filter(report -> report.steps() > 0 && report.computeSeconds() > 0)
            .sorted(Comparator.comparingDouble(Straggler::secondsPerStep))
            .toList();
    int others = byPace.size() - 1;
    if (others < 1) {
      return Optional.empty();
    }
    ReplicaReport slowest = byPace.get(others);
    double median = secondsPerStep(byPace.get(others / 2));
    return Optional.of(
        new Straggler(slowest.replica(), slowest.host(), secondsPerStep(slowest) / median));
  }

  private static double secondsPerStep(ReplicaReport report) {
    return report.computeSeconds() / report.steps();
  }
}
