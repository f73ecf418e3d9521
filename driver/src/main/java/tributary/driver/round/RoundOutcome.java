package tributary.driver.round;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import tributary.datasets.shard.BadExample;
import tributary.driver.exchange.ExchangeTimes;
import tributary.driver.exchange.Residual;
import tributary.worker.model.ModelState;
import tributary.worker.train.ReplicaReport;
import tributary.worker.train.RoundPlan;
import tributary.worker.train.Skipped;

/**
 * What a round came to.
 *
 * @param average the weighted mean of the replicas' states
 * @param residual what the exchange has rounded off it
 * @param reports one per replica, in replica order
 * @param times what the round's wall time went to
 */
public record RoundOutcome(
    ModelState average, Residual residual, List<ReplicaReport> reports, ExchangeTimes times) {
  /** Keeps an own copy of the reports. */
  public RoundOutcome {
    reports = List.copyOf(reports);
  }

  /** A round of an exchange that rounds nothing off. */
  public RoundOutcome(ModelState average, List<ReplicaReport> reports, ExchangeTimes times) {
    this(average, Residual.NONE, reports, times);
  }

  /** The same round with no part that counts: every example of it is lost. */
  RoundOutcome dropped(String reason, RunState start) {
    List<ReplicaReport> dropped =
        reports.stream()
            .map(
                report ->
                    report.isSkipped()
                        ? report
                        : report.without(new Skipped(reason, report.trained())))
            .toList();
    return new RoundOutcome(start.model(), start.residual(), dropped, times);
  }

  /** The round's wall time in seconds. */
  public double seconds() {
    return times.seconds();
  }

  /** The round after this one. */
  public RoundPlan next(RoundPlan plan) {
    return plan.next(reports);
  }

  /** Examples of the round that the epoch is not done with. */
  public long leftOver() {
    return reports.stream().mapToLong(ReplicaReport::leftOver).sum();
  }

  /** Examples that the replicas trained together. */
  public long examples() {
    return reports.stream().mapToLong(ReplicaReport::examples).sum();
  }

  /** Labels that counted, of all replicas together. */
  public long labels() {
    return reports.stream().mapToLong(ReplicaReport::labels).sum();
  }

  /** Mean training loss over the round's labels, in nats; NaN for no labels. */
  public double meanLossNats() {
    return sum(ReplicaReport::lossSum) / labels();
  }

  /** The replicas whose part does not count. */
  public List<ReplicaReport> skipped() {
    return reports.stream().filter(ReplicaReport::isSkipped).toList();
  }

  /** Examples that the epoch loses by parts that do not count. */
  public long skippedExamples() {
    return skipped().stream().mapToLong(report -> report.skipped().examples().examples()).sum();
  }

  /** Examples that could not be used, in replica order. */
  public List<BadExample> bad() {
    return reports.stream().flatMap(report -> report.bad().stream()).toList();
  }

  /** Sum of the replicas' example hashes. */
  public long exampleHash() {
    return reports.stream().mapToLong(report -> report.trained().hash()).sum();
  }

  /** Seconds that the slowest replica spent, by what it spent them on. */
  public double slowest(ToDoubleFunction<ReplicaReport> seconds) {
    return reports.stream().mapToDouble(seconds).max().orElse(0);
  }

  /**
   * What the round's wall time went to, in seconds; the parts add up to it. The replicas' own time
   * is divided as their reports divide it; what they do beside (copying a state in and out) counts
   * as computing.
   */
  public Map<String, Double> parts() {
    double read = sum(ReplicaReport::readSeconds);
    double decode = sum(ReplicaReport::decodeSeconds);
    double all = read + decode + sum(ReplicaReport::computeSeconds);
    double scale = all == 0 ? 0 : times.work() / all;
    Map<String, Double> parts = new LinkedHashMap<>();
    parts.put("broadcast", times.publish() + times.gather());
    parts.put("read", read * scale);
    parts.put("decode", decode * scale);
    parts.put("compute", times.work() - (read + decode) * scale);
    parts.put("serialise", times.serialise());
    parts.put("shuffle", times.shuffle());
    parts.put("sum", times.sum());
    parts.put("collect", times.collect());
    parts.put("idle", times.idle());
    return parts;
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
