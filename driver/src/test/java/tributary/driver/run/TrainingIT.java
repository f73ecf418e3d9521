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
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import tributary.datasets.testing.FashionMnist;
import tributary.driver.cluster.Outcome;
import tributary.driver.cluster.StandaloneCluster;
import tributary.driver.cluster.Tributary;

/** The same training, through spark-submit, undisturbed and disturbed: always the same bits. */
@Tag("cluster")
@ExtendWith(FashionMnist.class)
class TrainingIT {
  private static final Duration DEADLINE = Duration.ofMinutes(3);
  private static final ObjectMapper JSON = new ObjectMapper();

  /** Seven rounds an epoch, the last of them short; 3 replicas on 2 slots run in two waves. */
  private static final List<String> SETTINGS =
      List.of(
          "--set", "training.replicas=3",
          "--set", "training.local-steps=2",
          "--set", "training.minibatch-size=16",
          "--set", "training.epochs=2",
          "--set", "checkpoint.every-rounds=1",
          "--set", "checkpoint.keep=100");

  @RegisterExtension static final StandaloneCluster CLUSTER = StandaloneCluster.ofWorkers(2);

  @TempDir static Path folder;

  private static Path undisturbed;
  private static JsonNode expected;

  @BeforeAll
  static void trainUndisturbed() throws IOException {
    undisturbed = folder.resolve("undisturbed");
    expected = json(Tributary.run(DEADLINE, train("--run", undisturbed.toString())));
    assertThat(expected.path("parameters-sha256").asText()).hasSize(64);
  }

  @Test
  void trainsToTheSameBitsOnARealCluster() throws IOException {
    JsonNode result =
        json(CLUSTER.submit(DEADLINE, train("--run", folder.resolve("cluster").toString())));
    assertSameAsUndisturbed(result);
  }

  @Test
  void goesOnFromACheckpointInTheMiddleOfAnEpochToTheSameBits() throws IOException {
    Path copy = folder.resolve("copy");
    copyRun(undisturbed, copy);
    Path middle = copy.resolve("checkpoints/step-0000000006");
    assertThat(JSON.readTree(middle.resolve("position.json").toFile()).path("offset").asLong())
        .isEqualTo(288);
    assertSameAsUndisturbed(
        json(Tributary.run(DEADLINE, "train", "--resume", middle.toString(), "--json")));
    assertThat(rounds(copy)).isEqualTo(rounds(undisturbed));
  }

  @Test
  void goesOnAfterItsDriverWasKilledToTheSameBits() throws IOException {
    Path run = folder.resolve("killed");
    try (Tributary.Running running = Tributary.local().start(train("--run", run.toString()))) {
      running.awaitErrors("round 4 ", DEADLINE);
      running.process().destroyForcibly();
    }
    assertSameAsUndisturbed(
        json(Tributary.run(DEADLINE, "train", "--resume", run.toString(), "--json")));
    assertThat(rounds(run)).isEqualTo(rounds(undisturbed));
  }

  @Test
  void measuredLocalStepsAreStoredAndGiveTheBitsOfARunWithThatNumber() throws IOException {
    Path measured = folder.resolve("measured");
    Outcome outcome =
        Tributary.run(
            DEADLINE,
            train(
                "--run", measured.toString(),
                "--set", "training.local-steps=auto",
                "--set", "training.overhead-budget=0.5",
                "--set", "training.outer-step=slowmo"));
    JsonNode result = json(outcome);
    Matcher stored =
        Pattern.compile("local-steps: (\\d+) # measured")
            .matcher(Files.readString(measured.resolve("conf.yaml")));
    assertThat(stored.find()).isTrue();
    assertThat(outcome.errors()).contains("training.local-steps: " + stored.group(1) + ": a round");

    Path given = folder.resolve("given");
    JsonNode same =
        json(
            Tributary.run(
                DEADLINE,
                train(
                    "--run",
                    given.toString(),
                    "--set",
                    "training.local-steps=" + stored.group(1),
                    "--set",
                    "training.outer-step=slowmo")));
    Path middle = measured.resolve("checkpoints").resolve(checkpoints(measured).get(1));
    JsonNode resumed =
        json(Tributary.run(DEADLINE, "train", "--resume", middle.toString(), "--json"));
    for (JsonNode other : List.of(same, resumed)) {
      for (String field : List.of("parameters-sha256", "rounds", "steps")) {
        assertThat(other.path(field)).as(field).isEqualTo(result.path(field));
      }
    }
    assertThat(middle.resolve("outer.safetensors")).isNotEmptyFile();
    assertThat(rounds(measured)).isEqualTo(rounds(given));
  }

  private static List<String> checkpoints(Path run) throws IOException {
    try (Stream<Path> checkpoints = Files.list(run.resolve("checkpoints"))) {
      return checkpoints.map(path -> path.getFileName().toString()).sorted().toList();
    }
  }

  private static void assertSameAsUndisturbed(JsonNode result) {
    for (String field : List.of("parameters-sha256", "accuracy", "rounds", "steps")) {
      assertThat(result.path(field)).as(field).isEqualTo(expected.path(field));
    }
  }

  private static String[] train(String... more) {
    List<String> words = new ArrayList<>(List.of("train", "--json"));
    words.addAll(List.of("--data", FashionMnist.shards(610, 50, 170).toString()));
    words.addAll(SETTINGS);
    words.addAll(List.of(more));
    return words.toArray(String[]::new);
  }

  private static JsonNode json(Outcome outcome) throws IOException {
    return JSON.readTree(outcome.orFail().lastLine());
  }

  /** Each round once, in order, whatever happened to the process that wrote them. */
  private static List<String> rounds(Path run) throws IOException {
    List<String> rounds = new ArrayList<>();
    for (String line : Files.readAllLines(run.resolve("metrics.jsonl"))) {
      JsonNode metrics = JSON.readTree(line);
      if (metrics.path("kind").asText().equals("round")) {
        rounds.add(metrics.path("round") + " " + metrics.path("example-hash").asText());
      }
    }
    return rounds;
  }

  private static void copyRun(Path from, Path to) throws IOException {
    try (Stream<Path> files = Files.walk(from)) {
      for (Path file : files.toList()) {
        Files.copy(file, to.resolve(from.relativize(file).toString()));
      }
    }
  }
}
