package tributary.driver.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.api.java.JavaSparkContext;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import tributary.datasets.Checks;
import tributary.datasets.shard.Dataset;
import tributary.driver.conf.Key;
import tributary.driver.conf.Settings;
import tributary.driver.run.Datasets;
import tributary.driver.run.InitialModel;
import tributary.driver.run.Models;
import tributary.driver.simulate.Cell;
import tributary.driver.spark.SparkContexts;
import tributary.worker.train.OuterStepType;

/** Finds out on one machine what a cluster would come to. */
@Command(
    name = "simulate",
    description = {
      "Finds out on this machine what a cluster would come to.",
      "",
      "With --replicas: the accuracy. Trains once for every combination of --replicas, --local-steps"
          + " and --outer, for real: replicas without a core of their own run in waves, which"
          + " changes no bit.",
      "",
      "With --bandwidth: the wall time of an epoch on K = 1, 2, 4 ... 1024 machines with a replica"
          + " each, and the parallel efficiency, calculated from the time of a step and of a round"
          + " on one machine:",
      "",
      "  steps = ceil(examples / (K minibatch))    rounds = ceil(steps / H)",
      "  T(K) = steps s + rounds (o + cluster(K))  efficiency = T(1) / (K T(K))",
      "",
      "s: a step; o: what a round takes beside its steps; H: local steps. cluster(1) = 0, else it is"
          + " the sum of what follows, for a state of S bytes (parameters, and optimizer values that"
          + " are averaged) in n slices of at most 4 MiB, m = ceil(n/K), bandwidth B, latency L, and"
          + " t seconds to launch a task:",
      "",
      "  shuffle  (K-1) m S/n / B       an executor gets its slices of all replicas",
      "  collect  S / B                 the driver gets the means",
      "  gather   (K-1) m S/n / B       executors get them from each other",
      "  publish  (max(n,K)+n-1) S/n / B  of parameters, instead of gathering them:",
      "                                 with slowmo and nesterov the driver moves them",
      "  latency  (20 + 6 ceil(n/3)) L  messages that wait for one another",
      "  launch   (K + min(n,K) - 2) t",
      "",
      "Left out: stragglers, reading, faults, evaluation, checkpoints, congestion, rounding"
          + " (training.exchange-precision), and averaging more"
          + " than S bytes on one executor where K > n.",
      ""
    },
    mixinStandardHelpOptions = true)
final class SimulateCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private SettingsOptions options;
  @Mixin private AccuracySimulation accuracy;
  @Mixin private TimeSimulation time;
  @Mixin private Output output;

  @Option(
      names = "--local-steps",
      split = ",",
      paramLabel = "H",
      description = "Numbers of local steps, as in 1,10,40 (default: training.local-steps).")
  private List<Integer> localSteps = new ArrayList<>();

  @Option(
      names = "--outer",
      split = ",",
      paramLabel = "STEP",
      description = "Outer steps, as in average,slowmo (default: training.outer-step).")
  private List<String> outerSteps = new ArrayList<>();

  @Override
  public Integer call() throws Exception {
    if (!accuracy.isAskedFor() && !time.isAskedFor()) {
      throw new ParameterException(
          spec.commandLine(),
          "Give --replicas for accuracies, --bandwidth for wall times, or both");
    }
    Configuration hadoop = SparkContexts.hadoop();
    Settings settings = accuracy.settings(options.settings(List.of()));
    List<Integer> steps = localSteps(settings);
    List<OuterStepType> outer = outerSteps(settings);
    List<Cell> trained = Cell.grid(accuracy.replicas(), steps, outer);
    List<Cell> predicted = time.isAskedFor() ? Cell.grid(List.of(1), steps, outer) : List.of();
    requireValid(trained, settings);
    requireValid(predicted, settings);
    time.requireValid(spec);
    try (Dataset dataset =
        Datasets.open(settings, hadoop, List.of(Key.TRAIN_SPLIT, Key.EVALUATION_SPLIT))) {
      InitialModel first = Models.initial(settings, dataset.manifest(), hadoop);
      ObjectNode json = Output.object();
      StringBuilder text = new StringBuilder();
      try (JavaSparkContext spark = needsSpark() ? spark(settings) : null) {
        Setting setting = new Setting(spark, settings, dataset, first, text, json);
        accuracy.run(setting, trained, spec);
        time.run(setting, predicted);
      }
      output.print(text.toString().stripTrailing(), json);
    }
    return ExitCode.OK;
  }

  /**
   * What both simulations work with.
   *
   * @param spark null if nothing is run
   * @param text what people shall read
   * @param json what programs shall read
   */
  record Setting(
      JavaSparkContext spark,
      Settings settings,
      Dataset dataset,
      InitialModel first,
      StringBuilder text,
      ObjectNode json) {
    void line(String format, Object... values) {
      text.append(Checks.format(format, values)).append(System.lineSeparator());
    }
  }

  private boolean needsSpark() {
    return accuracy.isAskedFor() || (time.isAskedFor() && time.measures());
  }

  private static JavaSparkContext spark(Settings settings) {
    return SparkContexts.create("simulate", settings);
  }

  private List<Integer> localSteps(Settings settings) {
    if (localSteps.isEmpty() && settings.isAuto(Key.LOCAL_STEPS)) {
      throw new ParameterException(
          spec.commandLine(), "training.local-steps is auto: give numbers by --local-steps");
    }
    return localSteps.isEmpty() ? List.of(settings.integer(Key.LOCAL_STEPS)) : localSteps;
  }

  private List<OuterStepType> outerSteps(Settings settings) {
    return outerSteps.isEmpty()
        ? List.of(settings.choice(Key.OUTER_STEP, OuterStepType.class))
        : outerSteps.stream().map(this::outerStep).toList();
  }

  private OuterStepType outerStep(String word) {
    try {
      return OuterStepType.valueOf(word.toUpperCase(Locale.ROOT));
    } catch (IllegalArgumentException e) {
      throw new ParameterException(
          spec.commandLine(), "--outer: expected average, slowmo or nesterov, found " + word, e);
    }
  }

  private static void requireValid(List<Cell> cells, Settings settings) {
    cells.forEach(cell -> cell.of(settings));
  }
}
