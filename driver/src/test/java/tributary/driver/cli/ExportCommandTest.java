package tributary.driver.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.zip.ZipFile;
import org.apache.hadoop.conf.Configuration;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.util.ModelSerializer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import tributary.driver.checkpoint.Checkpoint;
import tributary.driver.checkpoint.TinyCheckpoint;
import tributary.driver.conf.Settings;
import tributary.driver.round.RunState;
import tributary.driver.run.RunFolder;
import tributary.worker.model.Network;
import tributary.worker.model.StateHash;
import tributary.worker.train.Position;

class ExportCommandTest {
  private final StringWriter output = new StringWriter();
  private final StringWriter errors = new StringWriter();
  private Checkpoint checkpoint;

  @TempDir Path folder;

  @BeforeEach
  void keepACheckpoint() throws IOException {
    Checkpoint tiny = TinyCheckpoint.at(new Position(4, 2, 0, 120), 1);
    checkpoint =
        new Checkpoint(
            tiny.model(),
            tiny.layout(),
            RunState.of(Network.initialState(tiny.model())),
            tiny.position(),
            tiny.trainedOn(),
            tiny.settings());
    Settings settings = Settings.of(List.of(), List.of());
    try (RunFolder run =
        RunFolder.create(folder.resolve("run").toString(), settings, new Configuration())) {
      run.checkpoints().save(checkpoint, 1);
    }
  }

  @Test
  void dl4jRestoresTheModelAndComputesTheSame() throws IOException {
    JsonNode json = export("net.zip");

    MultiLayerNetwork restored =
        ModelSerializer.restoreMultiLayerNetwork(folder.resolve("net.zip").toFile(), true);
    INDArray images = Nd4j.rand(3, 1, 5, 5);
    try (Network network = Network.build(checkpoint.model())) {
      network.load(checkpoint.state().model());
      assertThat(restored.output(images).data().asFloat())
          .isEqualTo(network.output(images).data().asFloat());
    }
    assertThat(restored.getIterationCount()).isEqualTo(120);
    assertThat(json.path("bytes").asLong()).isEqualTo(Files.size(folder.resolve("net.zip")));
    assertThat(json.path("parameters-sha256").asText())
        .isEqualTo(StateHash.sha256(checkpoint.state().model().parameters()));
  }

  @Test
  void classesAndNormalizationAreInTheZipAndInTheOutput() throws IOException {
    JsonNode json = export("net.zip");

    try (ZipFile zip = new ZipFile(folder.resolve("net.zip").toFile())) {
      JsonNode extra =
          new ObjectMapper().readTree(zip.getInputStream(zip.getEntry("tributary.json")));
      assertThat(extra.path("classes"))
          .extracting(JsonNode::asText)
          .containsExactly("cat", "dog", "größer \"als\"");
      assertThat(extra.path("input").path("mean").get(0).asDouble()).isEqualTo(0.25);
      assertThat(extra.path("input").path("std").get(0).asDouble()).isEqualTo(1 / 3.0);
      assertThat(json.path("classes")).isEqualTo(extra.path("classes"));
    }
  }

  @Test
  void aFileThatIsThereIsReplacedByForceAlone() throws IOException {
    Path there = folder.resolve("net.zip");
    Files.writeString(there, "mine", StandardCharsets.UTF_8);

    assertThat(run("export", "--run", path("run"), "--to", there.toString())).isEqualTo(2);
    assertThat(errors.toString())
        .contains("--to: " + there + " is there already; --force replaces it");
    assertThat(there).hasContent("mine");

    assertThat(run("export", "--run", path("run"), "--to", there.toString(), "--force")).isZero();
    assertThat(ModelSerializer.restoreMultiLayerNetwork(there.toFile()).params().toFloatVector())
        .isEqualTo(checkpoint.state().model().parameters());
    assertThat(output.toString()).contains("ModelSerializer.restoreMultiLayerNetwork", "[cat, dog");
    assertThat(folder.toFile().list()).containsExactlyInAnyOrder("run", "net.zip");
  }

  @Test
  void aFolderAndARunThatIsNotThereAreRefused() throws IOException {
    assertThat(run("export", "--run", path("run"), "--to", path("run"), "--force")).isEqualTo(2);
    assertThat(errors.toString()).contains("--to: expected the name of a file");
    assertThat(run("export", "--run", path("none"), "--to", path("a.zip"))).isEqualTo(4);
    assertThat(folder.resolve("a.zip")).doesNotExist();
  }

  private JsonNode export(String name) throws IOException {
    assertThat(run("export", "--run", path("run"), "--to", path(name), "--format=dl4j", "--json"))
        .as(errors.toString())
        .isZero();
    return new ObjectMapper().readTree(output.toString());
  }

  private String path(String name) {
    return folder.resolve(name).toString();
  }

  private int run(String... arguments) {
    return Tributary.run(new PrintWriter(output), new PrintWriter(errors), arguments);
  }
}
