package tributary.driver.faults;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import tributary.datasets.testing.FashionMnist;
import tributary.datasets.testing.Folders;
import tributary.driver.cluster.Outcome;
import tributary.driver.cluster.Tributary;

/**
 * A run of eight rounds on 512 real images, a checkpoint of 5 MB after each; trained once without a
 * fault, so that every test knows what it must come to.
 */
final class SmallRun implements BeforeAllCallback, AutoCloseable {
  static final Duration DEADLINE = Duration.ofMinutes(2);

  private static final ObjectMapper JSON = new ObjectMapper();

  private static Path undisturbed;
  private static JsonNode expected;

  @Override
  public void beforeAll(ExtensionContext context) throws IOException {
    if (expected == null) {
      undisturbed = Files.createTempDirectory("tributary-undisturbed-");
      expected = json(Tributary.run(DEADLINE, train(undisturbed)));
      context.getRoot().getStore(ExtensionContext.Namespace.GLOBAL).put(SmallRun.class, this);
    }
  }

  @Override
  public void close() {
    Folders.delete(undisturbed);
    expected = null;
  }

  /** The words that start the run in a folder. */
  static String[] train(Path run, String... more) {
    List<String> words =
        new ArrayList<>(
            List.of(
                "train",
                "--json",
                "--data=" + FashionMnist.shards(512, 64, 256),
                "--run=" + run,
                "--set=training.local-steps=4",
                "--set=training.minibatch-size=8",
                "--set=checkpoint.every-rounds=1",
                "--set=checkpoint.keep=3"));
    words.addAll(List.of(more));
    return words.toArray(String[]::new);
  }

  /** The words that go on with a run. */
  static String[] resume(Path run, String... more) {
    return Stream.concat(Stream.of("train", "--json", "--resume=" + run), Stream.of(more))
        .toArray(String[]::new);
  }

  /** A copy of the undisturbed run, to be spoilt. */
  static Path copy(Path to) {
    Folders.copy(undisturbed, to);
    return to;
  }

  /** Goes on with a run to its end, which must be that of the undisturbed one to the bit. */
  static Outcome requireSameEnd(Path run) throws IOException {
    Outcome outcome = Tributary.run(DEADLINE, resume(run));
    requireSame(outcome);
    return outcome;
  }

  /** Requires that a run came to the undisturbed one's end to the bit. */
  static void requireSame(Outcome outcome) throws IOException {
    JsonNode result = json(outcome);
    for (String field : List.of("parameters-sha256", "accuracy", "rounds", "steps")) {
      assertThat(result.path(field)).as("%s of %s", field, outcome).isEqualTo(expected.path(field));
    }
  }

  /** Requires an exit code and an explanation without a stack trace. */
  static void requireError(Outcome outcome, int exitCode, String... words) {
    assertThat(outcome.exitCode()).as("%s", outcome).isEqualTo(exitCode);
    assertThat(outcome.errors()).contains(words).doesNotContain("\tat ");
    assertThat(outcome.output()).isEmpty();
  }

  /** What a run printed at its end. */
  static JsonNode json(Outcome outcome) throws IOException {
    return JSON.readTree(outcome.orFail().lastLine());
  }

  /** A run's committed checkpoints, oldest first. */
  static List<String> checkpoints(Path run) {
    List<String> names = new ArrayList<>(Folders.names(run.resolve("checkpoints")));
    names.removeIf(name -> name.startsWith("."));
    return names;
  }

  /** A file of a run's newest checkpoint. */
  static String newest(Path run, String file) throws IOException {
    List<String> names = checkpoints(run);
    return Files.readString(
        run.resolve("checkpoints").resolve(names.get(names.size() - 1)).resolve(file));
  }

  /** What the newest lock file of a run says. */
  static JsonNode lock(Path run) {
    List<String> names = new ArrayList<>(Folders.names(run));
    names.removeIf(name -> !name.startsWith("LOCK-"));
    assertThat(names).hasSize(1);
    try {
      return JSON.readTree(run.resolve(names.get(0)).toFile());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
