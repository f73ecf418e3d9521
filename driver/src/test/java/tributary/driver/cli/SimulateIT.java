package tributary.driver.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import tributary.datasets.testing.FashionMnist;
import tributary.driver.cluster.Outcome;

/** {@code simulate} as a user runs it. */
@ExtendWith(FashionMnist.class)
class SimulateIT {
  private static final Duration DEADLINE = Duration.ofMinutes(2);
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir Path folder;

  @Test
  void accuraciesAreThoseOfTrainingAndWallTimesComeFromThisMachine() throws Exception {
    String data = "--data=" + FashionMnist.shards(512, 64, 256);
    Path svg = folder.resolve("grid.svg");

    JsonNode simulated =
        json(
            run(
                "simulate",
                data,
                "--set=training.minibatch-size=16",
                "--replicas=1,2",
                "--local-steps=4",
                "--outer=average,slowmo",
                "--epochs=2",
                "--svg=" + svg,
                "--bandwidth=10Gbit",
                "--json"));

    JsonNode accuracies = simulated.path("accuracies");
    assertThat(accuracies).hasSize(4);
    JsonNode trained =
        json(
            run(
                "train",
                data,
                "--set=training.minibatch-size=16",
                "--set=training.replicas=2",
                "--set=training.local-steps=4",
                "--set=training.outer-step=slowmo",
                "--set=training.epochs=2",
                "--run=" + folder.resolve("run"),
                "--json"));
    assertThat(accuracies.get(3).path("outer-step").asText()).isEqualTo("slowmo");
    for (String field : new String[] {"accuracy", "loss", "rounds"}) {
      assertThat(accuracies.get(3).path(field)).as(field).isEqualTo(trained.path(field));
    }
    assertThat(Files.readString(svg)).contains("Top-1 accuracy of lenet, epochs: 2");

    assertThat(simulated.path("step-seconds").asDouble()).isBetween(1e-4, 10.0);
    JsonNode predictions = simulated.path("predictions");
    assertThat(predictions).hasSize(2 * 11);
    assertThat(predictions.get(0).path("efficiency").asDouble()).isEqualTo(1.0);
    assertThat(predictions.get(10).path("replicas").asInt()).isEqualTo(1024);
    assertThat(predictions.get(10).path("efficiency").asDouble()).isBetween(0.0, 0.5);
  }

  private static Outcome run(String... words) {
    return tributary.driver.cluster.Tributary.run(DEADLINE, words);
  }

  private static JsonNode json(Outcome outcome) throws Exception {
    return JSON.readTree(outcome.orFail().lastLine());
  }
}
