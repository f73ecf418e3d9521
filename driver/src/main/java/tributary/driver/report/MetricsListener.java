package tributary.driver.report;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import tributary.driver.round.RoundListener;
import tributary.driver.round.RoundOutcome;
import tributary.driver.round.RunState;
import tributary.worker.train.ReplicaReport;
import tributary.worker.train.RoundPlan;

/** Writes a line of metrics for every round. */
public final class MetricsListener implements RoundListener {
  private final MetricsLog log;

  /** Writes to {@code log}. */
  public MetricsListener(MetricsLog log) {
    this.log = log;
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
            .put("images-per-second", outcome.examples() / outcome.seconds());
    ObjectNode parts = line.putObject("parts");
    outcome.parts().forEach(parts::put);
    for (ReplicaReport report : outcome.reports()) {
      ObjectNode replica =
          line.withArray("replicas")
              .addObject()
              .put("host", report.host())
              .put("examples", report.examples())
              .put("steps", report.steps());
      if (report.examples() > 0) {
        replica.put("loss", report.lossSum() / report.examples());
      }
    }
    log.write(line);
  }
}
