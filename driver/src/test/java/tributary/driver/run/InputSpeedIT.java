package tributary.driver.run;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.deeplearning4j.zoo.model.AlexNet;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.learning.config.Nesterovs;
import tributary.datasets.testing.HandMade;
import tributary.datasets.testing.Photos;
import tributary.driver.cluster.Tributary;
import tributary.worker.model.Nd4jRuntime;

/**
 * DL4J's AlexNet trained by two replicas on photographs of 500x375 pixels, decoded and changed as
 * for ImageNet, against the same training on pictures of 8x8 that cost nothing to decode: the runs
 * take turns, and their rounds are compared.
 */
@Tag("bench")
@Timeout(1500)
class InputSpeedIT {
  private static final int MINIBATCH = 16;
  private static final int LOCAL_STEPS = 8;
  private static final int ROUNDS = 4;
  private static final int EXAMPLES = 2 * LOCAL_STEPS * MINIBATCH * ROUNDS;
  private static final int TURNS = 2;

  @TempDir Path folder;

  @Test
  void trainingOnPhotographsRunsAtNinetyFiveHundredthsOfItsSpeedWithoutThem() throws Exception {
    Map<String, Path> data = Map.of("photos", data(500, 375), "nothing", data(8, 8));
    Map<String, List<Double>> speeds =
        Map.of("photos", new ArrayList<>(), "nothing", new ArrayList<>());
    List<Double> waits = new ArrayList<>();
    Path model = model();
    for (int turn = 0; turn < TURNS; turn++) {
      for (String kind : List.of("photos", "nothing")) {
        Path run = folder.resolve("run-" + kind + "-" + turn);
        train(data.get(kind), run, model);
        for (JsonNode round : roundsAfterTheFirst(run)) {
          speeds.get(kind).add(round.path("images-per-second").asDouble());
          if (kind.equals("photos")) {
            waits.add(shareOfWaiting(round.path("parts")));
          }
        }
      }
    }
    System.out.println("images a second: " + speeds + "; share of waiting: " + waits);
    double ratio = median(speeds.get("photos")) / median(speeds.get("nothing"));
    System.out.println("speed with photographs / without: " + ratio);
    assertThat(median(waits)).as("share of waiting for input").isLessThan(0.05);
    assertThat(ratio).as("speed with photographs / without").isGreaterThan(0.95);
  }

  private static void train(Path data, Path run, Path model) {
    Tributary.local()
        .withOptions(List.of("--master", "local[2]", "--driver-memory", "6g"))
        .submit(
            Duration.ofMinutes(5),
            "train",
            "--data=" + data,
            "--run=" + run,
            "--set=model.file=" + model,
            "--set=training.minibatch-size=" + MINIBATCH,
            "--set=training.local-steps=" + LOCAL_STEPS,
            "--set=input.image-height=224",
            "--set=input.image-width=224",
            "--set=input.crop=random-resized",
            "--set=input.flip=horizontal",
            "--set=input.lighting=0.1",
            "--set=checkpoint.every-rounds=0")
        .orFail();
  }

  private static List<JsonNode> roundsAfterTheFirst(Path run) throws IOException {
    List<JsonNode> rounds = new ArrayList<>();
    for (String line : Files.readAllLines(run.resolve("metrics.jsonl"))) {
      JsonNode round = new ObjectMapper().readTree(line);
      if (round.path("kind").asText().equals("round") && round.path("round").asInt() > 0) {
        rounds.add(round);
      }
    }
    assertThat(rounds).hasSize(ROUNDS - 1);
    return rounds;
  }

  private static double shareOfWaiting(JsonNode parts) {
    double wait = parts.path("read").asDouble() + parts.path("decode").asDouble();
    return wait / (wait + parts.path("compute").asDouble());
  }

  private static double median(List<Double> values) {
    List<Double> sorted = new ArrayList<>(values);
    Collections.sort(sorted);
    return sorted.get(sorted.size() / 2);
  }

  private Path model() throws IOException {
    Nd4jRuntime.load();
    String json =
        AlexNet.builder()
            .numClasses(HandMade.CLASSES)
            .inputShape(new int[] {3, 224, 224})
            .updater(new Nesterovs(1e-4, 0.9))
            .build()
            .conf()
            .toJson();
    return Files.writeString(folder.resolve("alexnet.json"), json);
  }

  private Path data(int width, int height) throws IOException {
    Path data = Files.createDirectory(folder.resolve(width + "x" + height));
    List<byte[]> pictures =
        IntStream.range(0, 16).mapToObj(i -> Photos.jpeg(width, height, i)).toList();
    HandMade.photos(
            data, i -> pictures.get(i % pictures.size()), Optional.empty(), EXAMPLES, MINIBATCH)
        .close();
    return data;
  }
}
