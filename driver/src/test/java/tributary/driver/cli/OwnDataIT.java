package tributary.driver.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tributary.datasets.testing.Folders;
import tributary.datasets.testing.Photos;
import tributary.driver.cluster.Outcome;
import tributary.driver.cluster.Tributary;

/** A folder of images that nobody has packed, trained in one command. */
class OwnDataIT {
  private static final Duration DEADLINE = Duration.ofMinutes(2);
  private static final int IMAGES = 80;

  @TempDir Path folder;

  @Test
  void isPackedByTheFirstRunUsedByTheNextAndPackedAnewWhenAFileChanges() throws IOException {
    for (int number = 0; number < IMAGES; number++) {
      picture(number, number);
    }
    Outcome first = train("--data=" + images(), "--run=" + folder.resolve("runs/first"));
    JsonNode expected = json(first);
    assertThat(expected.path("examples").asInt()).isBetween(50, IMAGES - 1);
    assertThat(expected.path("accuracy").asDouble()).isBetween(0.0, 1.0);
    assertThat(first.errors())
        .contains("Packing " + images() + " (image-folder) to file:" + folder + "/runs/.packed/")
        .contains("are kept for validation", "packed 2 of 2 shards");
    assertThat(Folders.names(packs())).hasSize(1);

    Outcome resumed =
        Tributary.run(
            DEADLINE,
            "train",
            "--json",
            "--resume=" + folder.resolve("runs/first"),
            "--data=" + images(),
            "--set=training.epochs=2");
    assertThat(json(resumed).path("rounds").asInt()).isEqualTo(2 * expected.path("rounds").asInt());
    assertThat(resumed.errors()).contains("Using file:" + packs()).doesNotContain("Packing ");

    picture(3, IMAGES);
    Outcome changed = train("--data=" + images(), "--run=" + folder.resolve("runs/changed"));
    assertThat(json(changed).path("parameters-sha256"))
        .isNotEqualTo(expected.path("parameters-sha256"));
    assertThat(changed.errors()).contains("Packing " + images()).doesNotContain("Using ");
    assertThat(Folders.names(packs())).hasSize(2);
  }

  private Path images() {
    return folder.resolve("images");
  }

  private Path packs() {
    return folder.resolve("runs/.packed");
  }

  private void picture(int number, int seed) throws IOException {
    Path file = images().resolve("class " + number % 3).resolve(number + ".jpg");
    Files.createDirectories(file.getParent());
    Files.write(file, Photos.jpeg(32, 32, seed));
  }

  private static Outcome train(String... more) {
    List<String> words =
        new ArrayList<>(
            List.of(
                "train",
                "--json",
                "--set=training.local-steps=2",
                "--set=training.minibatch-size=8"));
    words.addAll(List.of(more));
    return Tributary.run(DEADLINE, words.toArray(String[]::new));
  }

  private static JsonNode json(Outcome outcome) throws IOException {
    return new ObjectMapper().readTree(outcome.orFail().lastLine());
  }
}
