package tributary.driver.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.api.java.JavaSparkContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import tributary.datasets.DataException;
import tributary.datasets.shard.Dataset;
import tributary.datasets.testing.FashionMnist;
import tributary.datasets.testing.HandMade;
import tributary.driver.checkpoint.Checkpoint;
import tributary.driver.conf.ConfigurationException;
import tributary.driver.conf.Key;
import tributary.driver.conf.Settings;
import tributary.driver.report.Progress;
import tributary.driver.round.LocalSpark;
import tributary.worker.train.Evaluation;

/** Runs that subtract a mean image, and what is refused of them. */
@ExtendWith(FashionMnist.class)
@Timeout(120)
class MeanImageRunTest {
  private static final Configuration HADOOP = new Configuration();

  @TempDir Path folder;

  /** Mixes and smooths besides, as such a run would. */
  @Test
  void aRunRemembersTheMeanImageThatItsModelIsEvaluatedBy() throws Exception {
    Path data = FashionMnist.shards(256, 64, 100);
    Settings settings =
        settings(
            data,
            "input.mean=pixel",
            "input.crop=random",
            "input.padding=2",
            "input.mixup=0.2",
            "input.label-smoothing=0.1",
            "training.minibatch-size=32",
            "training.local-steps=2");
    try (Dataset dataset = open(settings);
        JavaSparkContext spark = LocalSpark.ofSlots(2);
        RunFolder run = RunFolder.create(folder.resolve("run").toString(), settings, HADOOP)) {
      Progress.Terminal terminal = Progress.Terminal.detect();
      TrainingRun.Summary summary =
          new TrainingRun(spark, settings, dataset, run, terminal, () -> false)
              .start(Models.initial(settings, dataset.manifest(), HADOOP))
              .orElseThrow();
      Checkpoint checkpoint = run.checkpoints().latest();
      assertThat(checkpoint.trainedOn().meanImage()).isEqualTo(dataset.meanImage());

      Evaluation again = evaluate(spark, settings, dataset, checkpoint);
      assertThat(again.lossSum()).isEqualTo(summary.evaluation().lossSum());
      Settings byChannel = settings(data, "input.crop=random", "input.padding=2");
      assertThat(evaluate(spark, byChannel, dataset, checkpoint).lossSum())
          .as("the mean image makes a difference")
          .isNotEqualTo(again.lossSum());

      Checkpoint strange =
          new Checkpoint(
              checkpoint.model(),
              checkpoint.layout(),
              checkpoint.state(),
              checkpoint.position(),
              dataset.profile(),
              checkpoint.settings());
      assertThatThrownBy(() -> evaluate(spark, settings, dataset, strange))
          .isInstanceOf(ConfigurationException.class)
          .hasMessage("input.mean pixel: the model was trained with a mean per channel");
      Path small = folder.resolve("small");
      try (Dataset other = HandMade.dataset(small, 3)) {
        assertThatThrownBy(() -> evaluate(spark, settings, other, checkpoint))
            .isInstanceOf(ConfigurationException.class)
            .hasMessageContaining(
                "input.mean pixel: the model's mean image is 1x28x28: expected images of that"
                    + " shape, found 1x4x4 (");
      }
    }
  }

  @Test
  void aDatasetWithoutAMeanImageIsRefusedWhenItIsOpened() {
    HandMade.dataset(folder, 3);
    Settings settings = settings(folder, "input.mean=pixel");
    assertThatThrownBy(() -> open(settings))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("has no mean image: deploy/tributary pack makes one");
  }

  private static Evaluation evaluate(
      JavaSparkContext spark, Settings settings, Dataset dataset, Checkpoint checkpoint)
      throws IOException {
    return ReplicaSetups.evaluator(
            spark, settings, dataset, checkpoint.trainedOn(), checkpoint.model())
        .evaluate(checkpoint.state().model());
  }

  private static Dataset open(Settings settings) throws IOException {
    return Datasets.open(settings, HADOOP, List.of(Key.TRAIN_SPLIT));
  }

  private static Settings settings(Path data, String... more) {
    List<String> overrides = new ArrayList<>(List.of(more));
    overrides.add("data.path=" + data.toUri());
    return Settings.of(List.of(), overrides);
  }
}
