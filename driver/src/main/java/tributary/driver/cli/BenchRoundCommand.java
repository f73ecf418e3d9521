package tributary.driver.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.ToDoubleFunction;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import tributary.datasets.Checks;
import tributary.driver.bench.RoundBenchmark;
import tributary.driver.conf.ExchangePrecision;
import tributary.driver.exchange.ExchangeTimes;
import tributary.worker.bench.Spread;

/** Measures rounds without training. */
@Command(
    name = "round",
    description =
        "Measures rounds without training on a standalone cluster of executor processes on this"
            + " machine: time by phase, and bytes through the driver.",
    mixinStandardHelpOptions = true)
final class BenchRoundCommand implements Callable<Integer> {
  private static final double MEGA = 1e6;

  @Spec private CommandSpec spec;
  @Mixin private Output output;

  @Option(
      names = "--parameters",
      required = true,
      paramLabel = "N",
      description = "Length of the parameter vector.")
  private int parameters;

  @Option(
      names = "--replicas",
      defaultValue = "2",
      paramLabel = "R",
      description = "Replicas (default ${DEFAULT-VALUE}).")
  private int replicas;

  @Option(
      names = "--executors",
      defaultValue = "2",
      paramLabel = "E",
      description = "Executor processes (default ${DEFAULT-VALUE}).")
  private int executors;

  @Option(
      names = "--cores",
      defaultValue = "1",
      paramLabel = "N",
      description = "Cores of each executor (default ${DEFAULT-VALUE}).")
  private int cores;

  @Option(
      names = "--executor-megabytes",
      defaultValue = "3072",
      paramLabel = "MB",
      description = "Heap of each executor (default ${DEFAULT-VALUE}).")
  private int megabytes;

  @Option(
      names = "--moved",
      description =
          "The driver moves the mean before it sends it, as outer steps do; else executors read the"
              + " mean from each other.")
  private boolean moved;

  @Option(
      names = "--precision",
      defaultValue = "float32",
      paramLabel = "float32|bfloat16",
      description =
          "How parameters travel, as training.exchange-precision has it (default"
              + " ${DEFAULT-VALUE}).")
  private ExchangePrecision precision;

  @Option(
      names = "--work-seconds",
      defaultValue = "0",
      paramLabel = "S",
      description =
          "Seconds that each replica waits in a round, as if it trained on a machine of its own"
              + " (default ${DEFAULT-VALUE}).")
  private double workSeconds;

  @Option(
      names = "--warm-up",
      defaultValue = "25",
      paramLabel = "N",
      description =
          "Rounds before measuring (default ${DEFAULT-VALUE}): Java compiles what runs often, which"
              + " takes a third of the processor in the first twenty.")
  private int warmUp;

  @Option(
      names = "--rounds",
      defaultValue = "15",
      paramLabel = "N",
      description = "Rounds measured (default ${DEFAULT-VALUE}).")
  private int rounds;

  @Override
  public Integer call() throws IOException {
    RoundBenchmark.Report report = benchmark().run();
    output.print(text(report), json(report));
    return ExitCode.OK;
  }

  private RoundBenchmark benchmark() {
    try {
      return new RoundBenchmark(
          parameters,
          replicas,
          executors,
          cores,
          megabytes,
          moved,
          precision,
          workSeconds,
          warmUp,
          rounds);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), e.getMessage(), e);
    }
  }

  private String text(RoundBenchmark.Report report) {
    Spread round = spread(report, ExchangeTimes::seconds);
    StringBuilder text = new StringBuilder();
    text.append(
        Checks.format(
            "%d parameters (P = %.1f MB), %d replicas, %d executors, %d rounds%n",
            parameters, megabytesOf(1), replicas, executors, rounds));
    text.append(
        Checks.format(
            "round %.3f s (%.3f..%.3f), %.2f s of processor time; driver read %.1f MB (%.2f P), wrote %.1f MB (%.2f P)",
            round.median(),
            round.least(),
            round.most(),
            report.cpuSeconds(),
            report.driverRead() / MEGA,
            ofParameters(report.driverRead()),
            report.driverWritten() / MEGA,
            ofParameters(report.driverWritten())));
    PARTS.forEach(
        (name, part) ->
            text.append(Checks.format("%n  %-10s %7.3f s", name, spread(report, part).median())));
    return text.toString();
  }

  private ObjectNode json(RoundBenchmark.Report report) {
    ObjectNode json =
        Output.object()
            .put("parameters", parameters)
            .put("replicas", replicas)
            .put("executors", executors)
            .put("moved", moved)
            .put("precision", precision.name().toLowerCase(Locale.ROOT))
            .put("cpu-seconds", report.cpuSeconds())
            .put("driver-read-bytes", report.driverRead())
            .put("driver-written-bytes", report.driverWritten())
            .put(
                "driver-bytes-of-parameters",
                ofParameters(report.driverRead() + report.driverWritten()));
    put(json, "round-seconds", spread(report, ExchangeTimes::seconds));
    PARTS.forEach((name, part) -> put(json, name + "-seconds", spread(report, part)));
    return json;
  }

  private static final Map<String, ToDoubleFunction<ExchangeTimes>> PARTS = parts();

  private static Map<String, ToDoubleFunction<ExchangeTimes>> parts() {
    Map<String, ToDoubleFunction<ExchangeTimes>> parts = new LinkedHashMap<>();
    parts.put("publish", ExchangeTimes::publish);
    parts.put("gather", ExchangeTimes::gather);
    parts.put("work", ExchangeTimes::work);
    parts.put("serialise", ExchangeTimes::serialise);
    parts.put("shuffle", ExchangeTimes::shuffle);
    parts.put("sum", ExchangeTimes::sum);
    parts.put("collect", ExchangeTimes::collect);
    parts.put("idle", ExchangeTimes::idle);
    return parts;
  }

  private static Spread spread(RoundBenchmark.Report report, ToDoubleFunction<ExchangeTimes> part) {
    List<ExchangeTimes> times = report.times();
    return Spread.of(times.stream().mapToDouble(part).toArray());
  }

  private static void put(ObjectNode json, String name, Spread spread) {
    json.putObject(name)
        .put("median", spread.median())
        .put("least", spread.least())
        .put("most", spread.most());
  }

  private double ofParameters(double bytes) {
    return bytes / ((double) parameters * Float.BYTES);
  }

  private double megabytesOf(double shares) {
    return shares * parameters * Float.BYTES / MEGA;
  }
}
