package tributary.driver.run;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tributary.datasets.Checks;
import tributary.datasets.testing.FetchedData;
import tributary.driver.cluster.Tributary;

/**
 * The recipes, from fetching their data to what they measure on data held out:
 *
 * <pre>
 * mvn -pl driver -am verify -Dgroups=recipes -DexcludedGroups= -Dtest=None -Dit.test=RecipesIT \
 *   -Dsurefire.failIfNoSpecifiedTests=false -Dfailsafe.failIfNoSpecifiedTests=false
 * </pre>
 */
@Tag("recipes")
@Timeout(5_400)
class RecipesIT {
  private static final Duration DEADLINE = Duration.ofMinutes(75);

  @TempDir Path folder;

  @ParameterizedTest
  @CsvSource({
    "mnist-lenet, mnist, 0.991",
    "fashion-mnist-lenet, fashion-mnist, 0.915",
    "fashion-mnist-resnet18, fashion-mnist, 0.935",
    "fashion-mnist-lstm-rows, fashion-mnist, 0.89",
    "brown-lstm-tagger, brown, 0.955",
    "spam-lstm-classifier, spam, 0.98",
    "languages-lstm-classifier, languages, 0.80"
  })
  void isAsAccurateAsItSays(String recipe, String data, double accuracy) throws IOException {
    assertThat(trained(recipe, data).path("accuracy").asDouble())
        .as("accuracy of " + recipe)
        .isGreaterThanOrEqualTo(accuracy);
  }

  @ParameterizedTest
  @CsvSource("brown-char-lm, brown-text, 2.1")
  void needsNoMoreBitsForACharacterThanItSays(String recipe, String data, double bits)
      throws IOException {
    assertThat(trained(recipe, data).path("bits-per-character").asDouble(Double.NaN))
        .as("bits per character of " + recipe)
        .isLessThanOrEqualTo(bits);
  }

  @Test
  void vectorsOfClipArtTellMoreThanItsPixelsAndThanAnUntrainedNetwork() throws IOException {
    Path data = FetchedData.packed("openclipart");
    Path run = folder.resolve("openclipart-resnet18");
    json("train", "--conf=openclipart-resnet18", "--data=" + data, "--run=" + run);
    assertThat(json("evaluate", "--run=" + run).path("accuracy").asDouble()).isGreaterThan(0.6);
    double trained = probed(run, data, "pool");
    double untrained = probed(run.resolve("checkpoints/step-0000000000"), data, "pool");
    double pixels = probed(run, data, "input");
    System.out.println(
        Checks.format(
            "a linear classifier on another split of clip art: %s of the trained network's vectors,"
                + " %s of an untrained one's, %s of the pixels",
            trained, untrained, pixels));
    assertThat(trained).as("of vectors").isGreaterThan(untrained).isGreaterThan(pixels);
  }

  /** How much of the validation split a linear classifier tells by the vectors of a layer. */
  private double probed(Path model, Path data, String layer) throws IOException {
    Path table = folder.resolve(model.getFileName() + "-" + layer);
    return json(
            "extract",
            "--run=" + model,
            "--data=" + data,
            "--to=" + table,
            "--layer=" + layer,
            "--probe")
        .at("/probes/" + layer + "/test-accuracy")
        .asDouble(-1);
  }

  /** What evaluation of a trained network tells. */
  private JsonNode trained(String recipe, String data) throws IOException {
    Path run = folder.resolve(recipe);
    Path packed = FetchedData.packed(data);
    assertThat(packed).as("not another dataset in its place").hasFileName(data);
    JsonNode trained = json("train", "--conf=" + recipe, "--data=" + packed, "--run=" + run);
    JsonNode evaluated = json("evaluate", "--run=" + run);
    System.out.println(Checks.format("%s: %s %s", recipe, trained, evaluated));
    return evaluated;
  }

  private static JsonNode json(String... arguments) throws IOException {
    List<String> words = new ArrayList<>(List.of(arguments));
    words.add("--json");
    return new ObjectMapper()
        .readTree(Tributary.run(DEADLINE, words.toArray(String[]::new)).orFail().lastLine());
  }
}
