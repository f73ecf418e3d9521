package tributary.driver.report;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import tributary.driver.round.RoundListener;
import tributary.driver.round.RoundOutcome;
import tributary.driver.round.RunState;
import tributary.driver.round.Straggler;
import tributary.worker.train.ReplicaReport;
import tributary.worker.train.RoundPlan;

/** Writes a line of metrics for every round. */
public final class MetricsListener implements RoundListener {
  private final MetricsLog log;
  private final Unit unit;

  /** Writes to {@code log}. */
  public MetricsListener(MetricsLog log, Unit unit) {
    this.log = log;
    this.unit = unit;
  }

  @Override
  public void roundFinished(RoundPlan plan, RoundOutcome outcome, RunState state)
      throws IOException {
    ObjectNode line =
        MetricsLog.line("round", plan.position().round())
            .put("epoch", plan.position().epoch())
            .put("offset", plan.position().offset())
            .put("step", plan.position().step())
            .put("examples", outcome.examples())
            .put("example-hash", Long.toHexString(outcome.exampleHash()))
            .put("loss", outcome.meanLossNats())
            .put("seconds", outcome.seconds())
            .put(unit.perSecond(), unit.count(outcome) / outcome.seconds());
    if (unit == Unit.TOKENS) {
      line.put("tokens", outcome.labels());
    }
    ObjectNode parts = line.putObject("parts");
    outcome.parts().forEach(parts::put);
    if (outcome.skippedExamples() > 0) {
      line.put("skipped-examples", outcome.skippedExamples());
    }
    if (!outcome.bad().isEmpty()) {
      line.put("bad-examples", outcome.bad().size());
    }
    if (outcome.leftOver() > 0) {
      line.put("left-over-examples", outcome.leftOver());
    }
    Straggler.of(outcome.reports())
        .ifPresent(
            slowest ->
                line.putObject("slowest")
                    .put("replica", slowest.replica())
                    .put("host", slowest.host())
                    .put("times-the-median", slowest.times()));
    for (ReplicaReport report : outcome.reports()) {
      ObjectNode replica =
          line.withArray("replicas")
              .addObject()
              .put("host", report.host())
              .put("examples", report.examples())
              .put("steps", report.steps());
      if (report.labels() > 0) {
        replica.put("loss", report.lossSum() / report.labels());
      }
      if (report.isSkipped()) {
        replica.put("skipped", report.skipped().reason());
      }
    }
    log.write(line);
  }
}
