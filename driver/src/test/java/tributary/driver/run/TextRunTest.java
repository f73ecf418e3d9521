package tributary.driver.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tributary.datasets.DataException;
import tributary.datasets.shard.Dataset;
import tributary.datasets.shard.Manifest;
import tributary.datasets.source.PackSettings;
import tributary.datasets.source.SourceFormat;
import tributary.datasets.testing.HandMade;
import tributary.datasets.testing.LocalPack;
import tributary.datasets.testing.TextData;
import tributary.driver.checkpoint.Checkpoint;
import tributary.driver.conf.ConfigurationException;
import tributary.driver.conf.Key;
import tributary.driver.conf.Settings;
import tributary.driver.features.ExtractProgress;
import tributary.driver.features.Extraction;
import tributary.driver.report.LedgerFile;
import tributary.driver.report.Progress;
import tributary.driver.round.LocalSpark;
import tributary.worker.features.FeatureSettings;
import tributary.worker.features.FeatureSettings.Norm;
import tributary.worker.features.FeatureSettings.Pooling;
import tributary.worker.model.StateHash;
import tributary.worker.train.Evaluation;

/** Runs on small made-up texts whose rule a small network finds in seconds. */
@Tag("spark")
@Timeout(180)
class TextRunTest {
  private static final Configuration HADOOP = new Configuration();

  @TempDir Path folder;

  @ParameterizedTest
  @EnumSource
  void learnsToTheSameBitsOnAnySlotsAndFromAnyCheckpoint(TextLesson lesson) throws Exception {
    Settings settings = settings(pack(lesson));
    Ended two = start(2, "two", settings);
    assertThat(two.evaluation.top1Accuracy()).isGreaterThan(lesson.accuracy());
    assertThat(two.evaluation.meanLossNats()).isFinite();
    assertThat(start(1, "one", settings).hash).isEqualTo(two.hash);
    assertThat(brokenOffAndResumed(settings).hash).isEqualTo(two.hash);
    assertThat(faults("two", settings)).isEmpty();
    assertThat(evaluate("two", settings).lossSum()).isEqualTo(two.evaluation.lossSum());
  }

  @ParameterizedTest
  @EnumSource(names = "TEXT")
  void lanesThatCannotBeLeftOverKnowNoDeadline(TextLesson lesson) throws IOException {
    Settings settings = settings(pack(lesson)).with(Key.ROUND_DEADLINE_SECONDS, 5, "this test");
    assertThatThrownBy(() -> Datasets.open(settings, HADOOP, List.of(Key.TRAIN_SPLIT)))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("training.round-deadline-seconds: a replica of a language model");
  }

  /** Whole minibatches of them, beside a text that is longer than what a network sees. */
  @Test
  void documentsWithoutAKnownWordLeaveARunFinite() throws Exception {
    Path in = folder.resolve("in");
    String known = "text,label\n" + "fine day,yes\nawful day,no\n".repeat(20);
    TextData.write(
        in.resolve("train.csv"),
        known + ",yes\n".repeat(40) + "x" + " fine day".repeat(5_000) + ",yes\n");
    TextData.write(in.resolve("test.csv"), "text,label\nfine,yes\n,no\n? ? ?,no\nawful,no\n");
    Path out = folder.resolve("data");
    LocalPack.pack(
        TextData.open(SourceFormat.CSV, TextData.columns("label", "text"), in),
        PackSettings.of(20, 1),
        out);
    Ended ended = start(2, "empty", settings(out));
    assertThat(ended.evaluation.labels()).as("of four, those with a known word").isEqualTo(2);
    assertThat(ended.evaluation.top1Accuracy()).isEqualTo(1);
    assertThat(ended.evaluation.meanLossNats()).isFinite();
    assertThat(faults("empty", settings(out))).isEmpty();
  }

  @Test
  void aModelOfTextsIsNotMeasuredOnOthersOrOnImages() throws Exception {
    Settings settings = settings(pack(TextLesson.TEXT)).with(Key.EPOCHS, 1, "this test");
    start(2, "two", settings);
    Path images = folder.resolve("images");
    HandMade.dataset(images, 3).close();
    assertThatThrownBy(
            () ->
                evaluate(
                    "two",
                    settings
                        .with(Key.DATA_PATH, images + "", "test")
                        .with(Key.EVALUATION_SPLIT, "train", "test")))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("expected one of texts, which the model was trained on");
    Path other = folder.resolve("other");
    TextData.write(folder.resolve("b/train.txt"), "zzzzzz\n");
    TextData.write(folder.resolve("b/test.txt"), "zzzzzz\n");
    LocalPack.pack(
        TextData.open(SourceFormat.LINES, TextData.columns("label", "text"), folder.resolve("b")),
        PackSettings.of(90, 1),
        other);
    assertThatThrownBy(() -> evaluate("two", settings.with(Key.DATA_PATH, other + "", "test")))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("has another vocabulary than the model");
  }

  @Test
  void aLanguageModelGivesEachDocumentAVectorWhateverItsClass() throws Exception {
    Settings settings = settings(pack(TextLesson.TEXT)).with(Key.EPOCHS, 1, "this test");
    start(2, "two", settings);
    Path in = folder.resolve("b/train.csv");
    TextData.write(in, "text,label\nabcd cat,x\nabcdabcd dog,y\nabcd cat,z\n");
    Path documents = folder.resolve("documents");
    LocalPack.pack(
        TextData.open(SourceFormat.CSV, TextData.columns("label", "text"), in.getParent()),
        PackSettings.of(90, 1),
        documents);
    List<Row> rows =
        extracted("two", settings.with(Key.DATA_PATH, documents + "", "this test"), "train");
    assertThat(rows).extracting(row -> row.getInt(0)).containsExactly(0, 1, 2);
    assertThat(rows).as("errors").allMatch(row -> row.isNullAt(2));
    assertThat(rows.get(0).getList(1)).hasSize(16).isEqualTo(rows.get(2).getList(1));
    assertThat(rows.get(0).getList(1)).isNotEqualTo(rows.get(1).getList(1));
    assertThat(extracted("two", settings, "test")).hasSize(60).allMatch(row -> row.isNullAt(0));
  }

  /** Labels, vectors of the first recurrent layer, and errors, by the examples' names. */
  private List<Row> extracted(String name, Settings settings, String split) throws IOException {
    Path table = folder.resolve("features-" + split);
    Checkpoint end = RunFolder.open(path(name), HADOOP).checkpoints().latest();
    try (Dataset dataset = Datasets.open(settings, HADOOP, List.of());
        SparkSession session = LocalSpark.sessionOfSlots(2)) {
      new Extraction(
              JavaSparkContext.fromSparkContext(session.sparkContext()),
              settings,
              dataset,
              end,
              new FeatureSettings(List.of("lstm1"), Pooling.NONE, Norm.NONE))
          .to(
              table.toString(),
              List.of(split),
              new ExtractProgress(
                  new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8),
                  /* moves= */ false));
      return session
          .read()
          .parquet(table.toString())
          .orderBy("key")
          .select("label", "vector", "error")
          .collectAsList();
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"MIXUP", "LABEL_SMOOTHING"})
  void labelsOfTextsAreNotSoftened(Key key) throws IOException {
    Settings settings = settings(pack(TextLesson.TAGS)).with(key, "0.1", "test");
    assertThatThrownBy(() -> start(1, "soft", settings))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining(
            "input.mixup and input.label-smoothing: texts are trained by their labels as they are");
  }

  private record Ended(String hash, Evaluation evaluation) {}

  private Ended start(int slots, String name, Settings settings) throws Exception {
    try (Dataset dataset = open(settings);
        JavaSparkContext spark = LocalSpark.ofSlots(slots);
        RunFolder run = RunFolder.create(path(name), settings, HADOOP)) {
      return ended(
          run(spark, settings, dataset, run, () -> false)
              .start(Models.initial(settings, dataset.manifest(), HADOOP))
              .orElseThrow());
    }
  }

  private Ended brokenOffAndResumed(Settings settings) throws Exception {
    int[] rounds = {0};
    try (Dataset dataset = open(settings);
        JavaSparkContext spark = LocalSpark.ofSlots(2)) {
      try (RunFolder run = RunFolder.create(path("resumed"), settings, HADOOP)) {
        assertThat(
                run(spark, settings, dataset, run, () -> ++rounds[0] > 4)
                    .start(Models.initial(settings, dataset.manifest(), HADOOP)))
            .isEmpty();
      }
      try (RunFolder run = RunFolder.open(path("resumed"), HADOOP).locked(settings)) {
        Checkpoint checkpoint =
            new Resumption(run.checkpoints().latest(), settings, dataset).unchanged();
        assertThat(checkpoint.position().round()).isPositive();
        return ended(
            run(spark, settings, dataset, run, () -> false).resume(checkpoint).orElseThrow());
      }
    }
  }

  private static Ended ended(TrainingRun.Summary summary) {
    return new Ended(StateHash.sha256(summary.state().model().parameters()), summary.evaluation());
  }

  private static TrainingRun run(
      JavaSparkContext spark,
      Settings settings,
      Dataset dataset,
      RunFolder run,
      BooleanSupplier stop) {
    return new TrainingRun(spark, settings, dataset, run, Progress.Terminal.NO, stop);
  }

  private List<String> faults(String name, Settings settings) throws IOException {
    RunFolder run = RunFolder.open(path(name), HADOOP);
    try (Dataset dataset = open(settings)) {
      Checkpoint end = run.checkpoints().latest();
      return LedgerAudit.of(
              LedgerFile.read(run.ledger(), end.position().round(), HADOOP),
              end.position(),
              Splits.trained(settings, dataset.manifest()))
          .faults();
    }
  }

  private Evaluation evaluate(String name, Settings settings) throws IOException {
    Checkpoint end = RunFolder.open(path(name), HADOOP).checkpoints().latest();
    try (Dataset dataset = open(settings);
        JavaSparkContext spark = LocalSpark.ofSlots(2)) {
      return ReplicaSetups.evaluator(spark, settings, dataset, end.trainedOn(), end.model())
          .evaluate(end.state().model());
    }
  }

  private String path(String name) {
    return folder.resolve(name).toUri().toString();
  }

  private static Dataset open(Settings settings) throws IOException {
    return Datasets.open(settings, HADOOP, List.of(Key.TRAIN_SPLIT, Key.EVALUATION_SPLIT));
  }

  private static Settings settings(Path data) {
    return Settings.of(
        List.of(),
        List.of(
            "data.path=" + data,
            "model.width=16",
            "model.dropout=0",
            "optimizer.learning-rate=0.02",
            "input.sequence-length=12",
            "training.minibatch-size=8",
            "training.local-steps=3",
            "training.epochs=5",
            "evaluation.minibatch-size=16",
            "checkpoint.every-rounds=2"));
  }

  private Path pack(TextLesson lesson) throws IOException {
    Path out = folder.resolve("data");
    Manifest manifest =
        LocalPack.pack(
            TextData.open(
                lesson.format(),
                TextData.columns("label", "text"),
                lesson.write(folder.resolve("in"))),
            PackSettings.of(70, 1),
            out);
    assertThat(manifest.task()).isEqualTo(lesson.task());
    return out;
  }
}
