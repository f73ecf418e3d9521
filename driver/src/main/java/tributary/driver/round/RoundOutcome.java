package tributary.driver.round;

import java.util.List;
import java.util.function.ToDoubleFunction;
import tributary.worker.model.ModelState;
import tributary.worker.train.ReplicaReport;

/**
 * What a round came to.
 *
 * @param average the weighted mean of the replicas' states
 * @param reports one per replica, in replica order
 * @param seconds the round's wall time
 */
public record RoundOutcome(ModelState average, List<ReplicaReport> reports, double seconds) {
  /** Keeps an own copy of the reports. */
  public RoundOutcome {
    reports = List.copyOf(reports);
  }

  /** Examples that the replicas trained together. */
  public long examples() {
    return reports.stream().mapToLong(ReplicaReport::examples).sum();
  }

  /** Mean training loss over the round's examples, in nats; NaN for no examples. */
  public double meanLossNats() {
    return sum(ReplicaReport::lossSum) / examples();
  }

  /** Sum of the replicas' example hashes. */
  public long exampleHash() {
    return reports.stream().mapToLong(ReplicaReport::exampleHash).sum();
  }

  /** Seconds that the slowest replica spent, by what it spent them on. */
  public double slowest(ToDoubleFunction<ReplicaReport> seconds) {
    return reports.stream().mapToDouble(seconds).max().orElse(0);
  }

  /** Adds in replica order, so that the sum is the same in every run. */
  private double sum(ToDoubleFunction<ReplicaReport> value) {
    double sum = 0;
    for (ReplicaReport report : reports) {
      sum += value.applyAsDouble(report);
    }
    return sum;
  }
}
