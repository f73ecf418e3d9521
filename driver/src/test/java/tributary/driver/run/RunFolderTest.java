package tributary.driver.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tributary.datasets.testing.Folders;
import tributary.driver.checkpoint.CheckpointException;
import tributary.driver.checkpoint.LockException;
import tributary.driver.checkpoint.TinyCheckpoint;
import tributary.driver.conf.Settings;

class RunFolderTest {
  private static final Configuration HADOOP = new Configuration();
  private static final Settings SETTINGS = Settings.of(List.of(), List.of());

  @TempDir Path temporary;

  @Test
  void aNewRunIsLockedUntilItIsClosed() throws IOException {
    Path run = temporary.resolve("some/parents/run");
    try (RunFolder folder = create(run)) {
      assertThat(folder.display()).isEqualTo(run.toString());
      assertThat(Folders.names(run)).containsExactly("LOCK-1", "checkpoints", "conf.yaml");
      assertThatThrownBy(() -> create(run))
          .isInstanceOf(LockException.class)
          .hasMessageContaining("in use by process");
      assertThatThrownBy(() -> open(run).locked(SETTINGS))
          .isInstanceOf(LockException.class)
          .hasMessageContaining("in use by process");
    }
    open(run).locked(SETTINGS).close();
  }

  @Test
  void aRunIsNotStartedOver() throws IOException {
    Path run = temporary.resolve("run");
    create(run).close();

    assertThatThrownBy(() -> create(run))
        .isInstanceOf(CheckpointException.class)
        .hasMessage(
            "The run folder %s holds a run already; go on with it by --resume %s", run, run);
    open(run).locked(SETTINGS).close();
  }

  @Test
  void aFileInTheWayIsTold() throws IOException {
    Path file = Files.write(temporary.resolve("file"), new byte[1]);

    for (Path run : List.of(file, file.resolve("run"))) {
      assertThatThrownBy(() -> create(run))
          .isInstanceOf(CheckpointException.class)
          .hasMessageStartingWith("Cannot make the run folder " + run + ": ")
          .hasMessageEndingWith("; name another with --run");
    }
  }

  @Test
  void aCheckpointFolderThatIsAFileIsToldBeforeTraining() throws IOException {
    Path run = temporary.resolve("run");
    create(run).close();
    Folders.delete(run.resolve("checkpoints"));
    Files.write(run.resolve("checkpoints"), new byte[1]);

    assertThatThrownBy(() -> open(run).locked(SETTINGS))
        .isInstanceOf(CheckpointException.class)
        .hasMessageStartingWith("Cannot write checkpoints to file:" + run + "/checkpoints: ");
  }

  @Test
  void whoeverLostTheLockCommitsNothing() throws IOException {
    Path run = temporary.resolve("run");
    RunFolder lost = create(run);
    lost.checkpoints().save(TinyCheckpoint.at(1), 1);
    Files.writeString(run.resolve("LOCK-2"), Files.readString(run.resolve("LOCK-1")));

    assertThatThrownBy(() -> lost.checkpoints().save(TinyCheckpoint.at(2), 1))
        .isInstanceOf(LockException.class)
        .hasMessageStartingWith("This run was taken over by process ");

    assertThat(Folders.names(run.resolve("checkpoints"))).containsExactly("step-0000000001");
    lost.close();
  }

  @Test
  void aFolderThatIsOnlyReadIsNotWrittenTo() throws IOException {
    Path run = temporary.resolve("run");
    create(run).close();

    assertThatThrownBy(() -> open(run).checkpoints().save(TinyCheckpoint.at(1), 1))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("the run folder is open for reading alone");
  }

  private static RunFolder create(Path run) throws IOException {
    return RunFolder.create(run.toString(), SETTINGS, HADOOP);
  }

  private static RunFolder open(Path run) throws IOException {
    return RunFolder.open(run.toString(), HADOOP);
  }
}
