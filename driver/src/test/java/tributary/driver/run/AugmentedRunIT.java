package tributary.driver.run;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tributary.datasets.testing.HandMade;
import tributary.datasets.testing.Photos;
import tributary.driver.cluster.Outcome;
import tributary.driver.cluster.Tributary;

/** Whole runs on colour pictures that all differ in size. */
class AugmentedRunIT {
  private static final Duration DEADLINE = Duration.ofMinutes(2);

  @TempDir static Path folder;

  private static Path data;
  private static JsonNode trained;

  @BeforeAll
  static void train() throws IOException {
    data = folder.resolve("data");
    Files.createDirectory(data);
    HandMade.photos(data, i -> Photos.jpeg(60 + i % 50, 50 + i % 33, i), Optional.empty(), 96, 24)
        .close();
    trained = json(train("run"));
    assertThat(trained.path("examples").asInt()).isEqualTo(192);
  }

  @Test
  void theSameAugmentedRunComesToTheSameBitsByMoreThreads() throws IOException {
    JsonNode again = json(train("again", "--set=input.decode-threads=3"));
    assertThat(again.path("parameters-sha256")).isEqualTo(trained.path("parameters-sha256"));
    assertThat(again.path("accuracy")).isEqualTo(trained.path("accuracy"));

    JsonNode other = json(train("other", "--set=input.mixup=0.0"));
    assertThat(other.path("parameters-sha256")).isNotEqualTo(trained.path("parameters-sha256"));
  }

  @Test
  void evaluationCutsAsTheRunDidByOneLookOrTen() throws IOException {
    String run = folder.resolve("run").toString();
    JsonNode one = json(Tributary.run(DEADLINE, "evaluate", "--run", run, "--json"));
    assertThat(one.path("loss")).isEqualTo(trained.path("loss"));
    JsonNode ten =
        json(
            Tributary.run(
                DEADLINE, "evaluate", "--run", run, "--json", "--set=evaluation.crops=10"));
    assertThat(ten.path("examples").asInt()).isEqualTo(24);
    assertThat(ten.path("loss").asDouble())
        .isPositive()
        .isNotEqualTo(trained.path("loss").asDouble());
  }

  @Test
  void withoutASizeItEndsBeforeSparkStarts() {
    Outcome outcome =
        Tributary.run(DEADLINE, "train", "--data=" + data, "--run=" + folder.resolve("sizeless"));
    assertThat(outcome.exitCode()).as("%s", outcome).isEqualTo(2);
    assertThat(outcome.errors())
        .contains("The dataset's images differ in size: set input.image-height")
        .doesNotContain("\tat ");
  }

  private static Outcome train(String run, String... more) {
    List<String> words =
        new ArrayList<>(
            List.of(
                "train",
                "--json",
                "--data=" + data,
                "--run=" + folder.resolve(run),
                "--set=training.epochs=2",
                "--set=training.local-steps=2",
                "--set=training.minibatch-size=8",
                "--set=input.image-height=32",
                "--set=input.image-width=32",
                "--set=input.crop=random-resized",
                "--set=input.flip=horizontal",
                "--set=input.brightness=0.4",
                "--set=input.contrast=0.4",
                "--set=input.saturation=0.4",
                "--set=input.lighting=0.1",
                "--set=input.erasing=0.25",
                "--set=input.mixup=0.2",
                "--set=input.label-smoothing=0.1"));
    words.addAll(List.of(more));
    return Tributary.run(DEADLINE, words.toArray(String[]::new));
  }

  private static JsonNode json(Outcome outcome) throws IOException {
    return new ObjectMapper().readTree(outcome.orFail().lastLine());
  }
}
