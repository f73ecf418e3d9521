package tributary.driver.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import tributary.datasets.Checks;
import tributary.driver.run.Models;
import tributary.driver.spark.SparkContexts;
import tributary.worker.bench.BenchModel;
import tributary.worker.bench.BenchModels;
import tributary.worker.bench.Spread;
import tributary.worker.bench.StepBenchmark;
import tributary.worker.engine.EngineSettings;
import tributary.worker.engine.EngineSettings.Precision;

/** Measures training steps of one network on one or more engines. */
@Command(
    name = "step",
    description = "Measures training steps of a network, the engines taking turns.",
    mixinStandardHelpOptions = true)
final class BenchStepCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private Output output;

  @Option(
      names = "--model",
      required = true,
      paramLabel = "NAME|FILE",
      description = "lenet, lstm, resnet50, or a file with a DL4J configuration.")
  private String model;

  @Option(
      names = "--input",
      paramLabel = "SHAPE",
      description = "With a file: the shape of one example, 3x224x224 or, of a sequence, 77x64.")
  private String input;

  @Option(
      names = "--classes",
      paramLabel = "N",
      description = "With a file: the number of classes.")
  private int classes;

  @Option(
      names = "--batch",
      defaultValue = "32",
      paramLabel = "B",
      description = "Examples per step (default ${DEFAULT-VALUE}).")
  private int batch;

  @Option(
      names = "--engine",
      split = ",",
      defaultValue = "torch,nd4j",
      paramLabel = "ENGINE",
      description = "Which engines: torch, nd4j or both (default ${DEFAULT-VALUE}).")
  private List<String> engines;

  @Option(
      names = "--precision",
      split = ",",
      defaultValue = "fp32",
      paramLabel = "PRECISION",
      description = "Of engine torch: fp32, tf32, bf16 or several (default ${DEFAULT-VALUE}).")
  private List<String> precisions;

  @Option(
      names = "--device",
      defaultValue = "cpu",
      paramLabel = "DEVICE",
      description = "Of engine torch: cpu, cuda or auto (default ${DEFAULT-VALUE}).")
  private String device;

  @Option(
      names = "--threads",
      defaultValue = "1",
      paramLabel = "N",
      description = "Threads of each engine (default ${DEFAULT-VALUE}).")
  private int threads;

  @Option(
      names = "--warm-up",
      defaultValue = "3",
      paramLabel = "N",
      description = "Steps before measuring (default ${DEFAULT-VALUE}).")
  private int warmUp;

  @Option(
      names = "--steps",
      defaultValue = "10",
      paramLabel = "N",
      description = "Steps measured (default ${DEFAULT-VALUE}).")
  private int steps;

  @Override
  public Integer call() throws IOException {
    StepBenchmark benchmark = benchmark();
    StepBenchmark.Report report = benchmark.run();
    output.print(text(report), json(report));
    return ExitCode.OK;
  }

  private StepBenchmark benchmark() throws IOException {
    try {
      List<EngineSettings> settings =
          engines.stream()
              .map(name -> value(EngineSettings.Type.class, name))
              .flatMap(this::settings)
              .toList();
      return new StepBenchmark(model(), batch, settings, warmUp, steps);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), e.getMessage(), e);
    }
  }

  private BenchModel model() throws IOException {
    if (BenchModels.names().contains(model)) {
      return BenchModels.named(model);
    }
    Checks.argument(
        input != null && classes > 0,
        "--model %s is no name (known are %s): a file also needs --input and --classes",
        model,
        BenchModels.names());
    return new BenchModel(
        Models.ofFile(model, SparkContexts.hadoop()), BenchModel.Shape.parse(input), classes);
  }

  private Stream<EngineSettings> settings(EngineSettings.Type type) {
    return type == EngineSettings.Type.TORCH
        ? precisions.stream()
            .map(
                name ->
                    new EngineSettings(
                        type,
                        threads,
                        value(Precision.class, name),
                        value(EngineSettings.Device.class, device)))
        : Stream.of(new EngineSettings(type, threads));
  }

  private static <E extends Enum<E>> E value(Class<E> type, String name) {
    try {
      return Enum.valueOf(type, name.toUpperCase(Locale.ROOT));
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          Checks.format(
              "unknown %s %s; known are %s",
              type.getSimpleName().toLowerCase(Locale.ROOT),
              name,
              List.of(type.getEnumConstants()).toString().toLowerCase(Locale.ROOT)),
          e);
    }
  }

  private String text(StepBenchmark.Report report) {
    StringBuilder text = new StringBuilder();
    text.append(
        Checks.format(
            "%s, minibatch %d, %d threads, %d parameters, %.2f GFLOP a step, %d steps%n",
            model, batch, threads, report.parameters(), report.flopsPerStep() / 1e9, steps));
    text.append(
        Checks.format(
            "%-12s %24s %10s %10s %10s %10s %10s %8s",
            "engine",
            "step ms (least..most)",
            "forward",
            "backward",
            "update",
            "items/s",
            "GFLOP/s",
            "peak"));
    for (StepBenchmark.Result result : report.results()) {
      Spread step = result.step();
      text.append(
          Checks.format(
              "%n%-12s %24s %10.2f %10.2f %10.2f %10.1f %10.1f %8.1f",
              name(result.engine()),
              Checks.format("%.2f (%.2f..%.2f)", step.median(), step.least(), step.most()),
              result.forward().median(),
              result.backward().median(),
              result.update().median(),
              perSecond(batch, step),
              perSecond(report.flopsPerStep() / 1e9, step),
              result.peakGflops()));
    }
    return text.toString();
  }

  private ObjectNode json(StepBenchmark.Report report) {
    ObjectNode json =
        Output.object()
            .put("model", model)
            .put("batch", batch)
            .put("threads", threads)
            .put("parameters", report.parameters())
            .put("gflop-per-step", report.flopsPerStep() / 1e9);
    var results = json.putArray("engines");
    for (StepBenchmark.Result result : report.results()) {
      ObjectNode entry =
          results
              .addObject()
              .put("engine", lower(result.engine().type()))
              .put("precision", lower(result.engine().precision()))
              .put("items-per-second", perSecond(batch, result.step()))
              .put("gflops", perSecond(report.flopsPerStep() / 1e9, result.step()))
              .put("matrix-peak-gflops", result.peakGflops());
      put(entry, "step-millis", result.step());
      put(entry, "forward-millis", result.forward());
      put(entry, "backward-millis", result.backward());
      put(entry, "update-millis", result.update());
    }
    return json;
  }

  private static void put(ObjectNode entry, String name, Spread spread) {
    entry
        .putObject(name)
        .put("median", spread.median())
        .put("least", spread.least())
        .put("most", spread.most());
  }

  private static double perSecond(double amount, Spread millis) {
    return amount * 1000 / millis.median();
  }

  private static String name(EngineSettings engine) {
    return engine.type() == EngineSettings.Type.TORCH
        ? lower(engine.type()) + " " + lower(engine.precision())
        : lower(engine.type());
  }

  private static String lower(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT);
  }
}
