package tributary.driver.features;

import java.io.IOException;
import java.io.Serializable;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.apache.hadoop.fs.Path;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.rdd.RDD;
import scala.reflect.ClassTag;
import scala.reflect.ClassTag$;
import scala.runtime.BoxedUnit;
import tributary.datasets.Checks;
import tributary.datasets.Sha256;
import tributary.datasets.shard.Dataset;
import tributary.driver.checkpoint.Checkpoint;
import tributary.driver.conf.Key;
import tributary.driver.conf.Settings;
import tributary.driver.exchange.SharedVector;
import tributary.driver.report.BadExamples;
import tributary.driver.run.Models;
import tributary.driver.run.ReplicaSetups;
import tributary.driver.spark.SetupOnExecutors;
import tributary.driver.spark.SparkContexts;
import tributary.driver.spark.TaskOutcome;
import tributary.worker.executor.ReplicaSetup;
import tributary.worker.features.FeatureSettings;
import tributary.worker.model.StateHash;
import tributary.worker.train.InputSettings;

/**
 * Extracts the feature vectors of a dataset's examples into a table of Parquet files, one for each
 * shard, as a Spark job of a task for each: see {@link FeatureTable} for what it holds. Driver
 * only.
 *
 * <p>Examples go the way that evaluation sends them. The bits of a vector follow from model,
 * settings, engine, and the example's shard alone, and not from how many executors there are.
 * Broken off, an extraction goes on with the shards that are missing.
 *
 * <pre>{@code
 * Checkpoint checkpoint = SavedRun.open("runs/mine", hadoop).checkpoint();
 * FeatureSettings features =
 *     new FeatureSettings(FeatureLayers.of(checkpoint.model(), List.of()), Pooling.NONE, Norm.L2);
 * new Extraction(spark, settings, dataset, checkpoint, features)
 *     .to("features", List.of("train", "test"), new ExtractProgress(System.err, false));
 * Dataset<Row> table = session.read().parquet("features");
 * }</pre>
 *
 * <p>Images in a table of files, as {@code spark.read().format("binaryFile")} makes it, are packed
 * first: {@link tributary.driver.pack.BinaryFiles}.
 */
public final class Extraction {
  private final JavaSparkContext spark;
  private final Settings settings;
  private final Dataset dataset;
  private final Checkpoint checkpoint;
  private final FeatureSettings features;

  /**
   * An extraction.
   *
   * @param settings of engine and input; those of training are not looked at
   * @param dataset stays open until the extraction has ended
   * @param features which layers' vectors
   * @throws tributary.worker.model.ModelException if the model takes no such images
   */
  public Extraction(
      JavaSparkContext spark,
      Settings settings,
      Dataset dataset,
      Checkpoint checkpoint,
      FeatureSettings features) {
    SparkContexts.requireJavaSerializer(spark);
    this.spark = spark;
    this.settings = leavingOutBad(settings);
    this.dataset = dataset;
    this.checkpoint = checkpoint;
    this.features = features;
    Models.requireReads(checkpoint.model(), settings, dataset.manifest());
  }

  /**
   * What an extraction came to.
   *
   * @param rows of the table's splits that were asked for
   * @param bad how many of them have no vector
   * @param lengths of the vectors of each layer; empty if all examples are bad
   * @param before rows that no network was needed for: an earlier extraction has left them, or
   *     packing has left their images out
   * @param seconds that the others took
   */
  public record Summary(long rows, long bad, List<Integer> lengths, long before, double seconds) {
    /** Rows a second; 0 if there were none left to extract. */
    public double imagesPerSecond() {
      return rows == before ? 0 : (rows - before) / seconds;
    }
  }

  /**
   * Extracts splits; goes on where an earlier extraction of the same was broken off.
   *
   * @param folder of the table, made if missing
   * @throws tributary.datasets.DataException if the folder holds other features, or more examples
   *     are bad than {@code input.max-bad-fraction} allows
   */
  public Summary to(String folder, List<String> splits, ExtractProgress progress)
      throws IOException {
    FeatureSchema.vectors(features.layers());
    Map<String, List<Shard>> shards = new LinkedHashMap<>();
    Map<String, ReplicaSetup> setups = new LinkedHashMap<>();
    for (String split : splits) {
      shards.put(split, Shard.of(dataset.manifest(), split));
      setups.put(
          split,
          ReplicaSetups.extraction(
              settings, dataset, checkpoint.trainedOn(), checkpoint.model(), split));
    }
    MadeBy madeBy =
        madeBy(dataset.digest(), setups.values().iterator().next(), checkpoint, features);
    FeatureFolder table = FeatureFolder.at(folder, spark.hadoopConfiguration());
    table.begin(new FeatureFolder.About(dataset.uri(), madeBy));
    return extract(table, madeBy.digest(), shards, setups, progress);
  }

  private Summary extract(
      FeatureFolder table,
      String madeBy,
      Map<String, List<Shard>> shards,
      Map<String, ReplicaSetup> setups,
      ExtractProgress progress)
      throws IOException {
    String group = "extract-" + UUID.randomUUID();
    BadExamples bad = new BadExamples(dataset.manifest(), settings.decimal(Key.MAX_BAD_FRACTION));
    Commits commits = new Commits(spark, group, bad, progress);
    List<Shard> missing = new ArrayList<>();
    long before = 0;
    for (List<Shard> ofSplit : shards.values()) {
      for (Shard shard : ofSplit) {
        Optional<FeatureFile.Note> done = table.done(shard, madeBy);
        if (done.isPresent()) {
          before += done.get().rows();
          commits.addDone(done.get());
        } else {
          missing.add(shard);
        }
      }
    }
    for (String split : shards.keySet()) {
      table.sweep(split);
      before += addLeftOut(split, table, madeBy, commits);
    }
    long began = System.nanoTime();
    progress.start(missing.size(), missing.stream().mapToLong(each -> each.places().size()).sum());
    if (!missing.isEmpty()) {
      run(table, madeBy, setups, missing, group, commits);
    }
    double seconds = (System.nanoTime() - began) / 1e9;
    Summary summary = summary(commits.all(), before, seconds);
    for (Map.Entry<String, List<Shard>> each : shards.entrySet()) {
      table.finish(each.getKey(), each.getValue());
    }
    return summary;
  }

  /** How many rows there are of images that packing left out, which need no network. */
  private long addLeftOut(String split, FeatureFolder table, String madeBy, Commits commits)
      throws IOException {
    LeftOut leftOut = LeftOut.of(dataset, split, spark.hadoopConfiguration());
    if (leftOut.images().isEmpty()) {
      return 0;
    }
    Optional<FeatureFile.Note> done = table.done(leftOut.shard(), madeBy);
    if (done.isPresent()) {
      commits.addDone(done.get());
      return done.get().rows();
    }
    Path file = table.file(leftOut.shard());
    List<String> columns = FeatureSchema.vectors(features.layers());
    FeatureFile.Note written = leftOut.write(file, columns, madeBy, spark.hadoopConfiguration());
    commits.addDone(written);
    return written.rows();
  }

  private void run(
      FeatureFolder table,
      String madeBy,
      Map<String, ReplicaSetup> setups,
      List<Shard> missing,
      String group,
      Commits commits)
      throws IOException {
    Map<String, SetupOnExecutors> onExecutors = new LinkedHashMap<>();
    setups.forEach((split, setup) -> onExecutors.put(split, SetupOnExecutors.of(setup, spark)));
    float[] values = checkpoint.state().measured().parameters();
    SharedVector parameters = SharedVector.publish(spark, "extracted by", values);
    ShardTask task =
        new ShardTask(
            onExecutors,
            parameters,
            checkpoint.state().measured().optimizer().length,
            features,
            table.uri(),
            madeBy);
    spark.setJobGroup(group, "extract " + missing.size() + " shards to " + table.uri(), true);
    try {
      runJob(spark.parallelize(missing, missing.size()).rdd(), task, commits);
    } catch (Exception e) { // Scala's are not declared
      commits.requireGood();
      throw e;
    } finally {
      spark.clearJobGroup();
      parameters.destroy();
    }
  }

  private void runJob(RDD<Shard> shards, ShardTask task, Commits commits) {
    ClassTag<TaskOutcome<FeatureFile.Note>> type = ClassTag$.MODULE$.apply(TaskOutcome.class);
    spark
        .sc()
        .runJob(
            shards,
            (scala.Function1<scala.collection.Iterator<Shard>, TaskOutcome<FeatureFile.Note>>
                    & Serializable)
                one -> extract(task, one.next()),
            (scala.Function2<Object, TaskOutcome<FeatureFile.Note>, BoxedUnit>)
                (shard, outcome) -> commits.add(outcome),
            type);
  }

  /** Scala's functions declare no exceptions. */
  private static TaskOutcome<FeatureFile.Note> extract(ShardTask task, Shard shard) {
    try {
      return task.extract(shard);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e); // Spark's to retry
    }
  }

  /** Settings by which bad examples do not end the work: they become rows without vectors. */
  static Settings leavingOutBad(Settings settings) {
    return settings.with(Key.ON_BAD_EXAMPLE, "skip", "extract");
  }

  /**
   * What vectors follow from.
   *
   * @param dataset SHA-256 of its manifest
   * @param setup of any of its splits
   */
  static MadeBy madeBy(
      String dataset, ReplicaSetup setup, Checkpoint checkpoint, FeatureSettings features) {
    return new MadeBy(
        dataset,
        Sha256.hexOf(setup.model().json().getBytes(StandardCharsets.UTF_8)),
        StateHash.sha256(checkpoint.state().measured().parameters()),
        describe(setup.input()),
        setup.engine().toString(),
        features,
        MadeBy.VERSION);
  }

  /** What becomes of examples before the network sees them. */
  private static String describe(InputSettings input) {
    if (input.features() instanceof InputSettings.Tokens tokens) {
      return Checks.format("%s, at most %d", tokens.vocabulary().kind(), tokens.length());
    }
    InputSettings.Pixels pixels = (InputSettings.Pixels) input.features();
    String mean =
        pixels.meanImage() == null
            ? pixels.statistics().mean().toString()
            : "image " + Sha256.hexOf(pixels.meanImage().png());
    return Checks.format(
        "%s, mean %s, deviation %s", pixels.pipeline(), mean, pixels.statistics().std());
  }

  private static Summary summary(List<FeatureFile.Note> notes, long before, double seconds) {
    return new Summary(
        notes.stream().mapToLong(FeatureFile.Note::rows).sum(),
        notes.stream().mapToLong(note -> note.bad().size()).sum(),
        notes.stream()
            .map(FeatureFile.Note::lengths)
            .filter(lengths -> !lengths.isEmpty())
            .findFirst()
            .orElse(List.of()),
        before,
        seconds);
  }
}
