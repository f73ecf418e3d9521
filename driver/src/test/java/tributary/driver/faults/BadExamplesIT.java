package tributary.driver.faults;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import tributary.datasets.testing.BrokenImages;
import tributary.datasets.testing.FashionMnist;
import tributary.driver.cluster.Outcome;
import tributary.driver.cluster.Tributary;

/** Shards that are intact and hold images that are not: six of 512, and one of 64. */
@ExtendWith(FashionMnist.class)
class BadExamplesIT {
  @TempDir static Path folder;

  @BeforeAll
  static void spoil() {
    BrokenImages.copy(
        FashionMnist.shards(512, 64, 256),
        folder.resolve("data"),
        Map.of("train", Set.of(0L, 1L, 2L, 255L, 256L, 400L), "test", Set.of(63L)));
  }

  @Test
  void tooManyEndTheRunWithTheFirstReasons() {
    SmallRun.requireError(
        Tributary.run(SmallRun.DEADLINE, train("strict", "--set=input.max-bad-fraction=0.01")),
        3,
        "At least 6 of the 512 examples of split train are bad",
        "raise input.max-bad-fraction and go on with the same command (train: with --resume)",
        "in shard train-00000.tar at byte 0: truncated JPEG",
        "expected PNG or JPEG, found an empty file");
    assertThat(folder.resolve("strict/quarantine.jsonl")).isNotEmptyFile();
    assertThat(SmallRun.checkpoints(folder.resolve("strict"))).isNotEmpty();
  }

  @Test
  @Tag("faults")
  void fewAreLeftOutAndToldByEveryCommand() throws IOException {
    Path run = folder.resolve("run");
    Outcome outcome =
        Tributary.run(SmallRun.DEADLINE, train("run", "--set=input.max-bad-fraction=0.02"));
    JsonNode trained = SmallRun.json(outcome);
    assertThat(trained.path("bad-examples").asInt()).isEqualTo(7);
    assertThat(trained.path("examples").asInt()).isEqualTo(506);
    assertThat(outcome.errors()).contains("Bad examples left out: ").contains("quarantine.jsonl");

    JsonNode evaluated =
        SmallRun.json(Tributary.run(SmallRun.DEADLINE, "evaluate", "--run=" + run, "--json"));
    assertThat(evaluated.path("examples").asInt()).isEqualTo(63);
    assertThat(evaluated.path("bad-examples").asInt()).isEqualTo(1);
    assertThat(evaluated.path("loss")).isEqualTo(trained.path("loss"));

    Outcome inspected = Tributary.run(SmallRun.DEADLINE, "inspect", "--run=" + run);
    assertThat(inspected.orFail().output())
        .contains("bad examples: 7, listed in ")
        .contains("ledger: every example once an epoch, but 6 that were skipped");
  }

  private static String[] train(String run, String... more) {
    return Stream.concat(
            Stream.of(SmallRun.train(folder.resolve(run), more))
                .map(
                    word -> word.startsWith("--data=") ? "--data=" + folder.resolve("data") : word),
            Stream.of("--set=input.on-bad-example=skip"))
        .toArray(String[]::new);
  }
}
