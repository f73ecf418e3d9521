package tributary.driver.run;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.DataInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tributary.datasets.Checks;
import tributary.datasets.testing.FetchedData;
import tributary.driver.cluster.Outcome;
import tributary.driver.cluster.Tributary;

/**
 * Real colour images as they come: 6,900 PNGs of clip art of all sizes, with palettes and alpha, of
 * which a few are larger than any decoder should be asked for. Their folders are their classes.
 *
 * <pre>
 * mvn -pl driver -am verify -Dgroups=recipes -DexcludedGroups= -Dtest=None -Dit.test=ClipArtIT \
 *   -Dsurefire.failIfNoSpecifiedTests=false -Dfailsafe.failIfNoSpecifiedTests=false
 * </pre>
 */
@Tag("recipes")
@Timeout(1_500)
class ClipArtIT {
  private static final Duration DEADLINE = Duration.ofMinutes(10);
  private static final long MAX_PIXELS = 1L << 26;

  @TempDir static Path folder;

  private static Path images;
  private static Path data;
  private static JsonNode packed;

  @BeforeAll
  static void pack() throws IOException {
    images = FetchedData.directory("openclipart");
    data = folder.resolve("data");
    packed =
        json(
            "pack",
            "--from=image-folder",
            "--input=" + images,
            "--to=" + data,
            "--on-bad-example=skip",
            "--validation-share=0.15",
            "--channels=3",
            "--short-side=48",
            "--shard-size=1000");
  }

  @Test
  void imagesThatAreTooLargeAreLeftOutByName() throws IOException {
    SortedSet<String> tooLarge = new TreeSet<>();
    int all = 0;
    try (Stream<Path> files = Files.walk(images)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        all++;
        if (pixels(file) > MAX_PIXELS) {
          tooLarge.add(images.relativize(file).toString());
        }
      }
    }
    List<String> quarantine = Files.readAllLines(data.resolve("quarantine.jsonl"));
    SortedSet<String> leftOut = new TreeSet<>();
    for (String line : quarantine) {
      leftOut.add(new ObjectMapper().readTree(line).path("name").asText());
      assertThat(line).contains("expected at most 67108864 pixels");
    }
    assertThat(tooLarge).hasSizeGreaterThan(5);
    assertThat(leftOut).isEqualTo(tooLarge);
    assertThat(examples("train") + examples("validation")).isEqualTo(all - tooLarge.size());
  }

  @Test
  void aSmallNetworkLearnsWhatTheyShow() throws IOException {
    JsonNode shown = json("inspect", "--data=" + data);
    int most = 0;
    for (JsonNode count : shown.at("/splits/validation/classes")) {
      most = Math.max(most, count.asInt());
    }
    double majority = (double) most / examples("validation");

    Path run = folder.resolve("run");
    json(
        "train",
        "--data=" + data,
        "--run=" + run,
        "--set=data.evaluation-split=validation",
        "--set=input.image-height=32",
        "--set=input.image-width=32",
        "--set=input.crop=random-resized",
        "--set=input.crop-min-area=0.6",
        "--set=input.flip=horizontal",
        "--set=training.minibatch-size=32",
        "--set=training.local-steps=20",
        "--set=training.epochs=15",
        "--set=evaluation.every-epochs=0");
    JsonNode evaluated = json("evaluate", "--run=" + run);

    double accuracy = evaluated.path("accuracy").asDouble();
    System.out.println(
        Checks.format(
            "clip art: accuracy %.4f of %d images, the largest class is %.4f of them",
            accuracy, evaluated.path("examples").asInt(), majority));
    assertThat(evaluated.path("examples").asInt()).isEqualTo(examples("validation"));
    assertThat(accuracy).isGreaterThan(majority + 0.1);
  }

  private static int examples(String split) {
    return packed.at("/splits/" + split + "/examples").asInt();
  }

  /** By the header of a PNG. */
  private static long pixels(Path file) throws IOException {
    try (DataInputStream in = new DataInputStream(Files.newInputStream(file))) {
      in.skipNBytes(16);
      return (long) in.readInt() * in.readInt();
    }
  }

  private static JsonNode json(String... arguments) throws IOException {
    List<String> words = new ArrayList<>(List.of(arguments));
    words.add("--json");
    Outcome outcome = Tributary.run(DEADLINE, words.toArray(String[]::new));
    return new ObjectMapper().readTree(outcome.orFail().lastLine());
  }
}
