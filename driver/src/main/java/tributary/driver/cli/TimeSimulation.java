package tributary.driver.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import tributary.datasets.Checks;
import tributary.driver.cli.SimulateCommand.Setting;
import tributary.driver.conf.Settings;
import tributary.driver.round.RoundCost;
import tributary.driver.simulate.Cell;
import tributary.driver.simulate.Link;
import tributary.driver.simulate.Prediction;
import tributary.driver.simulate.Scaling;
import tributary.driver.simulate.WallTime;

/** The part of {@code simulate} that calculates. */
final class TimeSimulation {
  @Option(
      names = "--bandwidth",
      paramLabel = "BITS",
      description = "Of each machine, as in 10Gbit or 100Mbit.")
  private String bandwidth;

  @Option(
      names = "--latency-seconds",
      paramLabel = "L",
      defaultValue = "0.0001",
      description = "One way between two machines (default ${DEFAULT-VALUE}).")
  private double latencySeconds;

  @Option(
      names = "--step-seconds",
      paramLabel = "s",
      description = "A step of one replica (default: measured here).")
  private Double stepSeconds;

  @Option(
      names = "--round-seconds",
      paramLabel = "o",
      description = "What a round takes beside its steps (default: measured here).")
  private Double roundSeconds;

  @Option(
      names = "--task-seconds",
      paramLabel = "t",
      defaultValue = "0.001",
      description = "What it costs the driver to launch a task (default ${DEFAULT-VALUE}).")
  private double taskSeconds;

  boolean isAskedFor() {
    return bandwidth != null;
  }

  /** Whether rounds must be timed. */
  boolean measures() {
    return stepSeconds == null || roundSeconds == null;
  }

  /** Refuses values out of range before anything is run. */
  void requireValid(CommandSpec spec) {
    if (isAskedFor()) {
      try {
        link();
        RoundCost unused = cost(new RoundCost(0, 1));
        Checks.argument(taskSeconds >= 0, "--task-seconds must be >= 0, got %s", taskSeconds);
      } catch (IllegalArgumentException e) {
        throw new ParameterException(spec.commandLine(), e.getMessage(), e);
      }
    }
  }

  void run(Setting setting, List<Cell> cells) throws Exception {
    if (!isAskedFor()) {
      return;
    }
    RoundCost cost = measures() ? cost(measured(setting)) : cost(new RoundCost(0, 1));
    setting.line(
        "a step takes %.4f s, a round %.4f s beside its steps; %s a machine, %s s latency",
        cost.stepSeconds(), cost.overheadSeconds(), bandwidth, latencySeconds);
    setting
        .json()
        .put("step-seconds", cost.stepSeconds())
        .put("round-seconds", cost.overheadSeconds())
        .put("bandwidth", bandwidth)
        .put("latency-seconds", latencySeconds)
        .put("task-seconds", taskSeconds);
    ArrayNode array = setting.json().putArray("predictions");
    for (Cell cell : cells) {
      Settings settings = cell.of(setting.settings());
      WallTime wallTime =
          Scaling.wallTime(settings, setting.first().model(), cost, taskSeconds, link());
      setting.line("%n%s, %d local steps", cell.outerStepName(), cell.localSteps());
      setting.line(
          "%8s %8s %12s %12s %12s %12s %11s",
          "replicas", "rounds", "epoch s", "steps s", "rounds s", "cluster s", "efficiency");
      for (Prediction prediction : Scaling.epochs(wallTime, settings, setting.dataset())) {
        setting.line("%s", line(prediction));
        add(array.addObject().put("outer-step", cell.outerStepName()), prediction);
      }
    }
  }

  private static RoundCost measured(Setting setting) throws Exception {
    return Scaling.measure(
        setting.spark(), setting.settings(), setting.dataset(), setting.first().model());
  }

  /** What was given counts, and else what was measured. */
  private RoundCost cost(RoundCost measured) {
    return new RoundCost(
        roundSeconds == null ? measured.overheadSeconds() : roundSeconds,
        stepSeconds == null ? measured.stepSeconds() : stepSeconds);
  }

  private Link link() {
    return Link.of(bandwidth, latencySeconds);
  }

  private static String line(Prediction prediction) {
    return Checks.format(
        "%8d %8d %12.2f %12.2f %12.2f %12.2f %10.1f%%",
        prediction.replicas(),
        prediction.rounds(),
        prediction.seconds(),
        prediction.stepSeconds(),
        prediction.roundSeconds(),
        prediction.clusterSeconds(),
        100 * prediction.efficiency());
  }

  private static void add(ObjectNode object, Prediction prediction) {
    object
        .put("replicas", prediction.replicas())
        .put("local-steps", prediction.localSteps())
        .put("rounds", prediction.rounds())
        .put("epoch-seconds", prediction.seconds())
        .put("efficiency", prediction.efficiency())
        .put("steps-seconds", prediction.stepSeconds())
        .put("rounds-seconds", prediction.roundSeconds())
        .put("cluster-seconds", prediction.clusterSeconds());
  }
}
