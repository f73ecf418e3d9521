package tributary.driver.faults;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import tributary.datasets.testing.FashionMnist;
import tributary.driver.cluster.Outcome;
import tributary.driver.cluster.Tributary;

/** A run that goes well for an epoch, and on with a learning rate of a million. */
@ExtendWith(FashionMnist.class)
class DivergedRunIT {
  private static final String MANIFEST = "manifest.json";
  private static final String PARAMETERS = "\"parameters.safetensors\"";

  @TempDir Path folder;

  @Test
  void explodingGradientsEndTheRunAndTheLastCheckpointStays() throws IOException {
    Path run = trained();
    List<String> checkpoints = SmallRun.checkpoints(run);
    String manifest = SmallRun.newest(run, MANIFEST);

    Outcome failed = exploding(run);

    SmallRun.requireError(failed, 5, "Training diverged in round 8: replica 0 on ", "; lower ");
    assertThat(failed.errors())
        .containsPattern("(reported loss \\S+ at its step \\d|has \\S+ in layer \\S+ \\()");
    assertThat(SmallRun.checkpoints(run)).isEqualTo(checkpoints);
    assertThat(SmallRun.newest(run, MANIFEST)).isEqualTo(manifest);
  }

  @Test
  @Tag("faults")
  void roundsThatAreRolledBackLeaveTheParametersAndTheLedgerTellsOfThem() throws IOException {
    Path run = trained();
    String good = digest(SmallRun.newest(run, MANIFEST));

    SmallRun.requireError(
        exploding(run, "--set=training.non-finite=rollback"),
        5,
        "the round is dropped, and its 64 examples are lost to epoch 1",
        "Training diverged in round 11: replica 0 on ",
        "; the 3 rounds before it were dropped");

    assertThat(SmallRun.checkpoints(run)).last().isEqualTo("step-0000000044");
    assertThat(digest(SmallRun.newest(run, MANIFEST))).isEqualTo(good);
    assertThat(Tributary.run(SmallRun.DEADLINE, "inspect", "--run=" + run).orFail().output())
        .contains("ledger: every example once an epoch, but 192 that were skipped");
  }

  private Path trained() {
    Path run = folder.resolve("run");
    Tributary.run(
            SmallRun.DEADLINE,
            SmallRun.train(run, "--set=optimizer.type=sgd", "--set=optimizer.learning-rate=0.01"))
        .orFail();
    return run;
  }

  private static Outcome exploding(Path run, String... more) {
    List<String> words =
        new ArrayList<>(
            List.of(
                "--allow-changes", "--set=training.epochs=2", "--set=optimizer.learning-rate=1e6"));
    words.addAll(List.of(more));
    return Tributary.run(SmallRun.DEADLINE, SmallRun.resume(run, words.toArray(String[]::new)));
  }

  /** What a checkpoint's manifest says of its parameters: size and SHA-256. */
  private static String digest(String manifest) {
    int from = manifest.indexOf(PARAMETERS);
    assertThat(from).as(manifest).isPositive();
    return manifest.substring(from, manifest.indexOf('}', from));
  }
}
