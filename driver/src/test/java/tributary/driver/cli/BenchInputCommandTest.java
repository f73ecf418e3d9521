package tributary.driver.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.IntFunction;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tributary.datasets.testing.HandMade;
import tributary.datasets.testing.Photographs;
import tributary.datasets.testing.Photos;

@Timeout(120)
class BenchInputCommandTest {
  private static final List<String> IMAGENET =
      List.of(
          "--set",
          "input.image-height=224",
          "--set",
          "input.image-width=224",
          "--set",
          "input.crop=random-resized",
          "--set",
          "input.flip=horizontal");

  private final StringWriter out = new StringWriter();
  private final StringWriter errors = new StringWriter();

  @TempDir Path folder;

  @Test
  void measuresEachStageAndTheSameWorkByImageIo() throws IOException {
    photos(12);
    JsonNode json = measure("--passes", "1", "--set", "input.decode-threads=2");
    assertThat(json.path("examples").asInt()).isEqualTo(12);
    assertThat(json.path("image-bytes").asLong()).isGreaterThan(12 * 10_000);
    for (String stage : List.of("read", "decode", "augment", "assemble")) {
      JsonNode measured = json.path("stages").path(stage);
      double examples = measured.path("examples-per-second-per-thread").asDouble();
      double megabytes = measured.path("megabytes-per-second-per-thread").asDouble();
      assertThat(examples).as(stage).isPositive();
      assertThat(megabytes / examples * 12 * 1e6)
          .isBetween(
              json.path("image-bytes").asLong() * 0.999, json.path("image-bytes").asLong() * 1.001);
    }
    assertThat(json.at("/imageio/examples").asInt()).isEqualTo(12);
    assertThat(json.path("times-as-fast-as-imageio").asDouble()).isPositive();
  }

  @Test
  void badExamplesEndItOrAreLeftOutAsInTraining() throws IOException {
    photos(12, Set.of(3, 7));
    List<String> words = new ArrayList<>(IMAGENET);
    words.addAll(List.of("--data", folder.toString(), "--passes", "1"));
    assertThat(run(words.toArray(String[]::new))).isEqualTo(ExitCode.DATA);
    assertThat(errors.toString()).contains("Bad example 00000").contains("truncated JPEG");

    JsonNode json = measure("--passes", "1", "--set", "input.on-bad-example=skip");
    assertThat(json.path("examples").asInt()).isEqualTo(10);
    assertThat(json.path("left-out").asInt()).isEqualTo(2);
    assertThat(json.at("/imageio/examples").asInt()).isEqualTo(10);
    words.addAll(List.of("--set", "input.on-bad-example=skip"));
    assertThat(run(words.toArray(String[]::new))).isEqualTo(ExitCode.OK);
    assertThat(out.toString()).contains("left out as bad: 2, first 00000");
  }

  @Test
  void wherePicturesAreAllBadThereIsNothingToMeasure() throws IOException {
    photos(3, Set.of(0, 1, 2));
    List<String> words = new ArrayList<>(IMAGENET);
    words.addAll(List.of("--data", folder.toString(), "--set", "input.on-bad-example=skip"));
    assertThat(run(words.toArray(String[]::new))).isEqualTo(ExitCode.DATA);
    assertThat(errors.toString())
        .contains("None of 3 examples of split train can be used; the first is 000000");
  }

  @Test
  void picturesOfDifferentSizesNeedATarget() throws IOException {
    photos(2);
    assertThat(run("--data", folder.toString())).isEqualTo(ExitCode.USAGE);
    assertThat(errors.toString())
        .contains(
            "The dataset's images differ in size: set input.image-height and input.image-width to"
                + " the size that the network shall see, and input.crop to how they are cut");
    assertThat(run("--data", folder.toString(), "--set", "input.image-width=8"))
        .isEqualTo(ExitCode.USAGE);
    assertThat(errors.toString())
        .contains("input.image-height 0 and input.image-width 8: set both, or neither");
  }

  @Test
  @Tag("bench")
  void decodesAndAugmentsThreeAndAHalfTimesAsFastAsImageIo() throws IOException {
    photos(200);
    JsonNode synthetic = measure("--passes", "5");
    List<byte[]> photographs = Photographs.jpegs(500, 375, 201);
    HandMade.photos(folder, photographs::get, Optional.empty(), 200, 1).close();
    JsonNode real = measure("--passes", "5");
    System.out.println("photographs: " + real + "\nsynthetic: " + synthetic);
    assertThat(real.path("times-as-fast-as-imageio").asDouble()).isGreaterThan(3.5);
  }

  private void photos(int count) throws IOException {
    photos(count, Set.of());
  }

  /** Of the broken ones each is cut, so that its shard is intact. */
  private void photos(int count, Set<Integer> broken) throws IOException {
    IntFunction<byte[]> photo =
        i -> {
          byte[] jpeg = Photos.jpeg(500, 375, i);
          return broken.contains(i) ? Arrays.copyOf(jpeg, jpeg.length / 2) : jpeg;
        };
    HandMade.photos(folder, photo, Optional.empty(), count, 1).close();
  }

  private JsonNode measure(String... arguments) throws IOException {
    List<String> words = new ArrayList<>(IMAGENET);
    words.addAll(List.of("--data", folder.toString(), "--json"));
    words.addAll(List.of(arguments));
    int code = run(words.toArray(String[]::new));
    assertThat(code).as(errors.toString()).isEqualTo(ExitCode.OK);
    JsonNode json = new ObjectMapper().readTree(out.toString());
    out.getBuffer().setLength(0);
    return json;
  }

  private int run(String... arguments) {
    List<String> words = new ArrayList<>(List.of("bench", "input"));
    words.addAll(List.of(arguments));
    return Tributary.run(
        new PrintWriter(out, /* autoFlush= */ true),
        new PrintWriter(errors, /* autoFlush= */ true),
        words.toArray(String[]::new));
  }
}
