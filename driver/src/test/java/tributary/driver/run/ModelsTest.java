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

  private ModelConfiguration model(Path file, String... more) throws IOException {
    List<String> overrides = new ArrayList<>(List.of(more));
    overrides.add("model.file=" + file);
    return Models.of(Settings.of(List.of(), overrides), data, new Configuration());
  }
}
