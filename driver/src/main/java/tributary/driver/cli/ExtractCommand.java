package tributary.driver.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.SparkSession;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tributary.datasets.Checks;
import tributary.datasets.shard.Dataset;
import tributary.driver.checkpoint.Checkpoint;
import tributary.driver.conf.ConfigurationException;
import tributary.driver.conf.Key;
import tributary.driver.conf.Settings;
import tributary.driver.features.ExtractProgress;
import tributary.driver.features.Extraction;
import tributary.driver.features.FeatureTable;
import tributary.driver.features.LinearProbe;
import tributary.driver.report.Progress.Terminal;
import tributary.driver.run.Datasets;
import tributary.driver.run.SavedRun;
import tributary.driver.spark.SparkContexts;
import tributary.worker.features.FeatureSettings;
import tributary.worker.features.FeatureSettings.Norm;
import tributary.worker.features.FeatureSettings.Pooling;
import tributary.worker.model.FeatureLayers;

/** Turns examples into vectors. */
@Command(
    name = "extract",
    description = {
      "Writes the feature vectors of a dataset's examples into Parquet, a file for each shard: the"
          + " activations of layers of a trained network, by the input path of evaluation.",
      "Columns: key, label, vector, width, height, error; of several layers vector_LAYER for"
          + " vector; and split. An image that cannot be used has an error and no vector; more of"
          + " them than input.max-bad-fraction end the command with exit code 3.",
      "The same command goes on with an extraction that was broken off."
    },
    mixinStandardHelpOptions = true)
final class ExtractCommand implements Callable<Integer> {
  @Mixin private SettingsOptions options;
  @Mixin private OwnData ownData;
  @Mixin private Output output;

  @Option(
      names = {"--run", "--checkpoint"},
      required = true,
      paramLabel = "RUN",
      description = "A run folder, or one of its checkpoints: RUN/checkpoints/step-N.")
  private String run;

  @Option(
      names = "--to",
      required = true,
      paramLabel = "DIR",
      description = "The folder of the table; made if missing.")
  private String to;

  @Option(
      names = "--layer",
      paramLabel = "NAME",
      description =
          "The layer whose activations are wanted; may be repeated. inspect --model names them, and"
              + " input is what the network reads. Default: the last before the output layer.")
  private List<String> layers = new ArrayList<>();

  @Option(
      names = "--split",
      paramLabel = "SPLIT",
      description = "The split to extract; may be repeated. Default: all.")
  private List<String> splits = new ArrayList<>();

  @Option(
      names = "--normalize",
      description = "Scale vectors to Euclidean length 1, as cosine similarity wants them.")
  private boolean normalize;

  @Option(
      names = "--pool",
      description =
          "Take the mean of each channel where a layer gives images; else all values, channel by"
              + " channel, row by row.")
  private boolean pool;

  @Option(
      names = "--probe",
      description =
          "Then fit a linear classifier on the vectors of data.train-split, and measure it there"
              + " and on data.evaluation-split.")
  private boolean probe;

  @Override
  public Integer call() throws Exception {
    Configuration hadoop = SparkContexts.hadoop();
    SavedRun saved = SavedRun.open(run, hadoop);
    Settings settings =
        options
            .settings(List.of(saved.folder().settings()))
            .with(Key.ON_BAD_EXAMPLE, "skip", "extract");
    Checkpoint checkpoint = saved.checkpoint();
    FeatureSettings features =
        new FeatureSettings(
            FeatureLayers.of(checkpoint.model(), layers),
            pool ? Pooling.AVERAGE : Pooling.NONE,
            normalize ? Norm.L2 : Norm.NONE);
    Path runs = saved.folder().path().getParent();
    try (Session session = new Session("extract", settings)) {
      Settings packed = ownData.packed(settings, runs, session::spark, hadoop);
      try (Dataset dataset = Datasets.open(packed, hadoop, List.of())) {
        Extraction.Summary summary = extract(session, packed, dataset, checkpoint, features);
        print(features, summary, probe ? probe(session, packed, features) : Map.of());
      }
    }
    return ExitCode.OK;
  }

  private Extraction.Summary extract(
      Session session,
      Settings settings,
      Dataset dataset,
      Checkpoint checkpoint,
      FeatureSettings features)
      throws IOException {
    List<String> wanted =
        splits.isEmpty() ? List.copyOf(dataset.manifest().splits().keySet()) : splits;
    if (probe) {
      requireProbed(settings, wanted);
    }
    return new Extraction(session.spark(), settings, dataset, checkpoint, features)
        .to(to, wanted, new ExtractProgress(System.err, Terminal.detect() == Terminal.YES));
  }

  private static void requireProbed(Settings settings, List<String> wanted) {
    for (Key key : List.of(Key.TRAIN_SPLIT, Key.EVALUATION_SPLIT)) {
      if (!wanted.contains(settings.text(key))) {
        throw new ConfigurationException(
            List.of(
                Checks.format(
                    "--probe needs the split %s (%s) among those that are extracted, which are %s",
                    settings.text(key), key.path(), wanted)));
      }
    }
  }

  /** A probe of each layer, by its name. */
  private Map<String, LinearProbe.Result> probe(
      Session session, Settings settings, FeatureSettings features) throws IOException {
    SparkSession spark = SparkSession.builder().sparkContext(session.spark().sc()).getOrCreate();
    FeatureTable table = FeatureTable.open(to, session.spark().hadoopConfiguration());
    Map<String, LinearProbe.Result> probes = new LinkedHashMap<>();
    for (String layer : features.layers()) {
      probes.put(
          layer,
          LinearProbe.fit(
              spark,
              table,
              table.column(layer),
              settings.text(Key.TRAIN_SPLIT),
              settings.text(Key.EVALUATION_SPLIT)));
    }
    return probes;
  }

  private void print(
      FeatureSettings features,
      Extraction.Summary summary,
      Map<String, LinearProbe.Result> probes) {
    ObjectNode json =
        Output.object()
            .put("to", to)
            .put("rows", summary.rows())
            .put("bad-examples", summary.bad())
            .put("extracted-before", summary.before())
            .put("images-per-second", summary.imagesPerSecond())
            .put("seconds", summary.seconds());
    ObjectNode lengths = json.putObject("layers");
    for (int i = 0; i < summary.lengths().size(); i++) {
      lengths.put(features.layers().get(i), summary.lengths().get(i));
    }
    probes.forEach(
        (layer, result) ->
            json.withObject("/probes/" + layer.replace("~", "~0").replace("/", "~1"))
                .put("train-examples", result.trainExamples())
                .put("train-accuracy", result.trainAccuracy())
                .put("test-examples", result.testExamples())
                .put("test-accuracy", result.testAccuracy()));
    output.print(text(features, summary) + text(probes), json);
  }

  private static String text(Map<String, LinearProbe.Result> probes) {
    StringBuilder text = new StringBuilder();
    probes.forEach(
        (layer, result) ->
            text.append(
                Checks.format(
                    "%n  linear probe of layer %s: accuracy %.4f on %d training examples, %.4f on"
                        + " %d others",
                    layer,
                    result.trainAccuracy(),
                    result.trainExamples(),
                    result.testAccuracy(),
                    result.testExamples())));
    return text.toString();
  }

  private String text(FeatureSettings features, Extraction.Summary summary) {
    StringBuilder text = new StringBuilder(Checks.format("%d rows in %s", summary.rows(), to));
    for (int i = 0; i < summary.lengths().size(); i++) {
      text.append(
          Checks.format(
              "%n  layer %s: vectors of %d", features.layers().get(i), summary.lengths().get(i)));
    }
    if (summary.before() > 0) {
      text.append(Checks.format("%n  %d of them were there before", summary.before()));
    }
    text.append(
        Checks.format(
            "%n  %d images at %.0f images/s",
            summary.rows() - summary.before(), summary.imagesPerSecond()));
    if (summary.bad() > 0) {
      text.append(
          Checks.format("%n  %d bad examples have no vector: see the column error", summary.bad()));
    }
    return text.toString();
  }
}
