package tributary.driver.faults;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import tributary.datasets.testing.FashionMnist;
import tributary.driver.cluster.Outcome;
import tributary.driver.cluster.Tributary;

/** Runs that go on with other settings or data than they began with. */
@Tag("faults")
@ExtendWith(FashionMnist.class)
class ChangedRunIT {
  @RegisterExtension static final SmallRun UNDISTURBED = new SmallRun();

  @TempDir Path folder;
  private Path run;

  @BeforeEach
  void copyTheUndisturbedRun() {
    run = SmallRun.copy(folder.resolve("run"));
  }

  @Test
  void everyChangeOfSettingsAndDataIsTold() {
    SmallRun.requireError(
        resume(
            "--data=" + FashionMnist.shards(500, 64, 256),
            "--set=training.local-steps=2",
            "--set=optimizer.learning-rate=0.01"),
        4,
        "or accept the changes by --allow-changes:",
        "training.local-steps: 4 in the run, 2 now (--set)",
        "optimizer.learning-rate: 0.001 in the run, 0.01 now (--set)",
        "data: manifest SHA-256 ");
  }

  @Test
  void acceptedChangesAreWarnedOfAndTakeEffect() throws IOException {
    Outcome changed =
        resume("--set=training.epochs=2", "--set=optimizer.learning-rate=0.01", "--allow-changes");

    assertThat(changed.errors())
        .contains(
            "Going on with a change: optimizer.learning-rate: 0.001 in the run, 0.01 now (--set)");
    assertThat(SmallRun.json(changed).path("rounds").asInt()).isEqualTo(16);
    assertThat(SmallRun.newest(run, "model.json")).contains("\"learningRate\" : 0.01");
    assertThat(SmallRun.newest(run, "conf.yaml")).contains("learning-rate: 0.01 ");
  }

  @Test
  void aNetworkOfAnotherShapeIsRefusedWhateverIsAllowed() {
    SmallRun.requireError(
        resume("--set=optimizer.type=sgd", "--allow-changes"),
        4,
        "Cannot go on with a network of another shape: ",
        " values of the optimizer in the run, 0 now; start a new run");
  }

  private Outcome resume(String... more) {
    return Tributary.run(SmallRun.DEADLINE, SmallRun.resume(run, more));
  }
}
