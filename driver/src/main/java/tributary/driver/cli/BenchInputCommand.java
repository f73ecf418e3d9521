package tributary.driver.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import tributary.datasets.Checks;
import tributary.datasets.minibatch.InputTimes;
import tributary.datasets.minibatch.Normalization;
import tributary.datasets.minibatch.OnBadExample;
import tributary.datasets.minibatch.Preprocessing;
import tributary.datasets.minibatch.ReadAhead;
import tributary.datasets.shard.Dataset;
import tributary.driver.bench.InputBenchmark;
import tributary.driver.bench.InputBenchmark.Report;
import tributary.driver.conf.Key;
import tributary.driver.conf.Settings;
import tributary.driver.run.Datasets;
import tributary.driver.run.ImagePipelines;
import tributary.driver.run.ReplicaSetups;
import tributary.driver.spark.SparkContexts;

/** Measures input without training. */
@Command(
    name = "input",
    description =
        "Measures how fast images of a packed dataset become minibatches as the settings of training"
            + " have it, by stage and per thread, and the same work by the JDK's ImageIO.",
    mixinStandardHelpOptions = true)
final class BenchInputCommand implements Callable<Integer> {
  private static final double MEGA = 1e6;
  private static final double NANOS = 1e9;

  @Spec private CommandSpec spec;
  @Mixin private SettingsOptions options;
  @Mixin private Output output;

  @Option(
      names = "--examples",
      defaultValue = "500",
      paramLabel = "N",
      description = "Examples of a pass (default ${DEFAULT-VALUE}).")
  private int examples;

  @Option(
      names = "--passes",
      defaultValue = "5",
      paramLabel = "N",
      description =
          "Passes over the examples after one for warming up; the fastest counts (default"
              + " ${DEFAULT-VALUE}).")
  private int passes;

  @Override
  public Integer call() throws IOException {
    Settings settings = options.settings(List.of());
    try (Dataset dataset =
        Datasets.openImages(settings, SparkContexts.hadoop(), List.of(Key.TRAIN_SPLIT))) {
      int threads = settings.integer(Key.DECODE_THREADS);
      Report report = run(settings, dataset, threads);
      output.print(text(report, threads), json(report, threads));
    }
    return ExitCode.OK;
  }

  private Report run(Settings settings, Dataset dataset, int threads) throws IOException {
    Preprocessing preprocessing =
        new Preprocessing(
            ImagePipelines.training(settings, dataset.manifest()),
            Normalization.of(
                dataset.manifest().images().statistics(),
                ReplicaSetups.profile(settings, dataset).meanImage()),
            settings.number(Key.SEED),
            0);
    ReadAhead ahead = new ReadAhead(settings.integer(Key.PREFETCH), threads);
    String split = settings.text(Key.TRAIN_SPLIT);
    try {
      OnBadExample onBadExample = settings.choice(Key.ON_BAD_EXAMPLE, OnBadExample.class);
      return new InputBenchmark(dataset, split, preprocessing, ahead, onBadExample, examples)
          .run(passes);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), e.getMessage(), e);
    }
  }

  private static String text(Report report, int threads) {
    StringBuilder text = new StringBuilder();
    text.append(
        Checks.format(
            "%d examples, %.1f MB of images, %d decode threads: %.0f examples/s, %.1f MB/s",
            report.examples(),
            report.bytes() / MEGA,
            threads,
            report.examples() / report.seconds(),
            report.bytes() / MEGA / report.seconds()));
    stages(report.times())
        .forEach(
            (stage, nanos) ->
                text.append(
                    Checks.format(
                        "%n  %-9s %9.0f examples/s, %8.1f MB/s per thread",
                        stage,
                        perSecond(report.examples(), nanos),
                        perSecond(report.bytes() / MEGA, nanos))));
    text.append(
        Checks.format(
            "%n  by ImageIO: decode %.0f, augment %.0f examples/s; ours is %.2f times as fast",
            perSecond(report.yardstick().examples(), report.yardstick().decodeNanos()),
            perSecond(report.yardstick().examples(), report.yardstick().augmentNanos()),
            report.speedUp()));
    if (!report.leftOut().isEmpty()) {
      text.append(
          Checks.format(
              "%n  left out as bad: %d, first %s",
              report.leftOut().size(), report.leftOut().get(0).describe()));
    }
    return text.toString();
  }

  private static ObjectNode json(Report report, int threads) {
    ObjectNode json =
        Output.object()
            .put("examples", report.examples())
            .put("left-out", report.leftOut().size())
            .put("image-bytes", report.bytes())
            .put("decode-threads", threads)
            .put("examples-per-second", report.examples() / report.seconds())
            .put("megabytes-per-second", report.bytes() / MEGA / report.seconds());
    ObjectNode stages = json.putObject("stages");
    stages(report.times())
        .forEach(
            (stage, nanos) ->
                stages
                    .putObject(stage)
                    .put("examples-per-second-per-thread", perSecond(report.examples(), nanos))
                    .put(
                        "megabytes-per-second-per-thread",
                        perSecond(report.bytes() / MEGA, nanos)));
    json.putObject("imageio")
        .put("examples", report.yardstick().examples())
        .put(
            "decode-examples-per-second",
            perSecond(report.yardstick().examples(), report.yardstick().decodeNanos()))
        .put(
            "augment-examples-per-second",
            perSecond(report.yardstick().examples(), report.yardstick().augmentNanos()));
    return json.put("times-as-fast-as-imageio", report.speedUp());
  }

  private static Map<String, Long> stages(InputTimes times) {
    Map<String, Long> stages = new LinkedHashMap<>();
    stages.put("read", times.readNanos());
    stages.put("decode", times.decodeNanos());
    stages.put("augment", times.augmentNanos());
    stages.put("assemble", times.assembleNanos());
    return stages;
  }

  private static double perSecond(double amount, long nanos) {
    return amount * NANOS / nanos;
  }
}
