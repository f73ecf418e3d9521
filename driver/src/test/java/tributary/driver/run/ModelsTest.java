package tributary.driver.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.lossfunctions.impl.LossHinge;
import tributary.datasets.shard.Dataset;
import tributary.datasets.shard.Manifest;
import tributary.datasets.testing.HandMade;
import tributary.driver.conf.Settings;
import tributary.worker.model.ModelConfiguration;
import tributary.worker.model.ModelException;
import tributary.worker.model.RateSchedule;

class ModelsTest {
  @TempDir Path folder;

  private Manifest data;

  @BeforeEach
  void pack() throws IOException {
    try (Dataset dataset = HandMade.dataset(folder.resolve("data"), 3)) {
      data = dataset.manifest();
    }
  }

  @Test
  void aLossThatCannotLearnFromSoftLabelsIsRefusedWhereThereAreSome() throws IOException {
    Path file = folder.resolve("hinge.json");
    ModelConfiguration hinge =
        ModelConfiguration.of(
            new NeuralNetConfiguration.Builder()
                .seed(3)
                .list()
                .layer(new OutputLayer.Builder(new LossHinge()).name("sides").nOut(3).build())
                .setInputType(InputType.convolutional(4, 4, 1))
                .build());
    Files.writeString(file, hinge.json());

    assertThat(model(file).parameterCount()).isEqualTo(hinge.parameterCount());
    for (String soft : List.of("input.mixup=0.2", "input.label-smoothing=0.1")) {
      assertThatThrownBy(() -> model(file, soft))
          .isInstanceOf(ModelException.class)
          .hasMessage(
              "The model's output sides has LossHinge, which can't learn from the soft labels of"
                  + " input.mixup and input.label-smoothing: expected one of [LossBinaryXENT,"
                  + " LossKLD, LossL2, LossMCXENT, LossMSE, LossNegativeLogLikelihood]; set these"
                  + " to 0, or take another loss");
    }
  }

  @Test
  void lengthsInEpochsBecomeOptimizerSteps() throws IOException {
    Settings settings =
        Settings.of(
            List.of(),
            List.of(
                "training.replicas=2",
                "training.minibatch-size=2",
                "training.epochs=5",
                "optimizer.learning-rate=0.5",
                "optimizer.schedule=cosine",
                "optimizer.warmup-epochs=1.5",
                "optimizer.last-learning-rate=0.1"));
    try (Dataset dataset = HandMade.dataset(folder.resolve("more"), 7, 6)) {
      // 13 examples by 4 a step are 4 steps an epoch: 6 of warm-up, and 14 down.
      assertThat(RateSchedules.of(settings, dataset.manifest()))
          .isEqualTo(new RateSchedule(RateSchedule.Type.COSINE, 6, 14, 0.1, 1, 0.1));
      Settings given =
          Settings.of(
              List.of(new Settings.Source(settings.toYaml(), "run")),
              List.of("optimizer.schedule=step", "optimizer.decay-epochs=0.75"));
      assertThat(RateSchedules.of(given, dataset.manifest()))
          .isEqualTo(new RateSchedule(RateSchedule.Type.STEP, 6, 3, 0.1, 1, 0.1));
    }
  }

  private ModelConfiguration model(Path file, String... more) throws IOException {
    List<String> overrides = new ArrayList<>(List.of(more));
    overrides.add("model.file=" + file);
    return Models.of(Settings.of(List.of(), overrides), data, new Configuration());
  }
}
