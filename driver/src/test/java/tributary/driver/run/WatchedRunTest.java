package tributary.driver.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.api.java.JavaSparkContext;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import tributary.datasets.shard.Dataset;
import tributary.datasets.testing.FashionMnist;
import tributary.driver.checkpoint.Checkpoint;
import tributary.driver.checkpoint.CheckpointException;
import tributary.driver.checkpoint.CheckpointStore;
import tributary.driver.conf.Settings;
import tributary.driver.report.Progress;
import tributary.driver.round.LocalSpark;
import tributary.driver.round.RunState;
import tributary.worker.model.ModelConfiguration;
import tributary.worker.model.StateHash;

/**
 * Runs of five rounds an epoch with a schedule, clipped gradients and a moving average, whose
 * evaluations lower the learning rate and end it: none is better than the first by as much as is
 * asked for.
 */
@Tag("spark")
@Timeout(180)
@ExtendWith(FashionMnist.class)
class WatchedRunTest {
  private static final Configuration HADOOP = new Configuration();

  /** Of 160 examples by 16. */
  private static final int STEPS_PER_EPOCH = 10;

  @TempDir static Path folder;

  private static JavaSparkContext spark;
  private static String data;
  private static TrainingRun.Summary whole;

  @BeforeAll
  static void train() throws Exception {
    data = FashionMnist.shards(160, 40, 70).toString();
    spark = LocalSpark.ofSlots(2);
    whole = start("whole", settings(100));
  }

  @AfterAll
  static void stop() {
    spark.close();
  }

  @Test
  void theRunEndsWhenPatienceDoesAndKeepsItsBestCheckpoint() throws Exception {
    assertThat(whole.endedEarly()).isTrue();
    assertThat(whole.position().epoch()).isEqualTo(4);
    assertThat(whole.watched().bestStep()).isEqualTo(STEPS_PER_EPOCH);
    assertThat(whole.watched().rateFactor()).isEqualTo(0.5 * 0.5 * 0.5);
    assertThat(rateFactors("whole")).containsExactly("0.5", "0.25", "0.125");

    TrainingRun.Summary few = start("few", settings(2));
    assertThat(hash(few.state())).isEqualTo(hash(whole.state()));
    SavedRun run = SavedRun.open(folder.resolve("few").toString(), HADOOP);
    assertThat(run.folder().checkpoints().names())
        .containsExactly("step-0000000010", "step-0000000038", "step-0000000040");
    assertThat(run.best().position().step()).isEqualTo(STEPS_PER_EPOCH);
    assertThat(run.checkpoint().position()).isEqualTo(whole.position());
  }

  @Test
  void everyCheckpointLeadsToTheSameEnd() throws Exception {
    for (int step : new int[] {6, 10, 34, 40}) {
      TrainingRun.Summary resumed = resume("whole", step, settings(100));
      assertThat(hash(resumed.state())).as("from step %d", step).isEqualTo(hash(whole.state()));
      assertThat(resumed.watched()).isEqualTo(whole.watched());
      assertThat(resumed.position()).isEqualTo(whole.position());
      assertThat(resumed.evaluation().lossSum()).isEqualTo(whole.evaluation().lossSum());
      assertThat(rateFactors("whole")).containsExactly("0.5", "0.25", "0.125");
    }
  }

  @Test
  void theMovingAverageIsWhatIsMeasured() throws Exception {
    Settings settings = settings(100);
    RunState state = whole.state();
    assertThat(state.smoothed()).isNotEmpty().isNotEqualTo(state.model().parameters());
    try (Dataset dataset = Dataset.open(data, HADOOP)) {
      ModelConfiguration model = Models.of(settings, dataset.manifest(), HADOOP);
      var evaluator =
          ReplicaSetups.evaluator(
              spark, settings, dataset, ReplicaSetups.profile(settings, dataset), model);
      assertThat(evaluator.evaluate(state.measured()).lossSum())
          .isEqualTo(whole.evaluation().lossSum())
          .isNotEqualTo(evaluator.evaluate(state.model()).lossSum());
    }
  }

  @Test
  void morePatienceLetsARunGoOnThatHasEnded() throws Exception {
    start("patient", settings(100));
    TrainingRun.Summary more =
        resume("patient", 40, settings(100, "training.patience=9", "training.epochs=5"));
    assertThat(more.endedEarly()).isFalse();
    assertThat(more.position().epoch()).isEqualTo(5);
  }

  @Test
  void aRunThatWatchesNothingHasNoBest() throws Exception {
    Settings settings =
        settings(2, "training.patience=0", "optimizer.plateau-factor=0", "training.epochs=1");
    TrainingRun.Summary summary = start("unwatched", settings);
    assertThat(summary.watched().hasBest()).isFalse();
    SavedRun run = SavedRun.open(folder.resolve("unwatched").toString(), HADOOP);
    assertThat(run.folder().checkpoints().names()).hasSize(2);
    assertThatThrownBy(run::best)
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("train with training.patience or optimizer.plateau-factor");
  }

  private static TrainingRun.Summary start(String name, Settings settings) throws Exception {
    try (Dataset dataset = Dataset.open(data, HADOOP);
        RunFolder run = RunFolder.create(folder.resolve(name).toString(), settings, HADOOP)) {
      InitialModel first = Models.initial(settings, dataset.manifest(), HADOOP);
      return run(settings, dataset, run).start(first).orElseThrow();
    }
  }

  private static TrainingRun.Summary resume(String name, int step, Settings settings)
      throws Exception {
    String checkpoint = folder.resolve(name) + "/checkpoints/" + CheckpointStore.name(step);
    SavedRun saved = SavedRun.open(checkpoint, HADOOP);
    try (Dataset dataset = Dataset.open(data, HADOOP);
        RunFolder run = saved.folder().locked(settings)) {
      Checkpoint from = new Resumption(saved.checkpoint(), settings, dataset).unchanged();
      assertThat(from.position().step()).isEqualTo(step);
      return run(settings, dataset, run).resume(from).orElseThrow();
    }
  }

  private static TrainingRun run(Settings settings, Dataset dataset, RunFolder run) {
    return new TrainingRun(spark, settings, dataset, run, Progress.Terminal.NO, () -> false);
  }

  private static Settings settings(int keep, String... more) {
    List<String> overrides =
        new ArrayList<>(
            List.of(
                "data.path=" + data,
                "training.epochs=9",
                "training.local-steps=2",
                "training.minibatch-size=8",
                "training.ema-decay=0.8",
                "training.watch=loss",
                "training.min-improvement=100",
                "training.patience=3",
                "optimizer.schedule=cosine",
                "optimizer.warmup-epochs=0.5",
                "optimizer.clip-norm=0.5",
                "optimizer.plateau-factor=0.5",
                "optimizer.plateau-patience=1",
                "input.block-examples=4",
                "checkpoint.every-rounds=1",
                "checkpoint.keep=" + keep));
    overrides.addAll(List.of(more));
    return Settings.of(List.of(), overrides);
  }

  private static String hash(RunState state) {
    return StateHash.sha256(state.model().parameters())
        + StateHash.sha256(state.model().optimizer())
        + StateHash.sha256(state.smoothed());
  }

  private static List<String> rateFactors(String run) throws Exception {
    return Files.readAllLines(folder.resolve(run).resolve("metrics.jsonl")).stream()
        .filter(line -> line.contains("rate-factor"))
        .map(line -> line.replaceAll(".*\"rate-factor\":([0-9.]+).*", "$1"))
        .toList();
  }
}
