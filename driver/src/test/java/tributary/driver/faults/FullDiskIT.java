package tributary.driver.faults;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import tributary.datasets.testing.FashionMnist;
import tributary.driver.cluster.Outcome;
import tributary.driver.cluster.Tributary;

/** Run folders on a small disk of their own, for which these tests must be root. */
@Tag("faults")
@ExtendWith(FashionMnist.class)
class FullDiskIT {
  @RegisterExtension static final SmallRun UNDISTURBED = new SmallRun();

  @TempDir Path disk;

  @BeforeEach
  void mountRoomForTwoCheckpointsAndABit() throws Exception {
    Assumptions.assumeTrue(
        mount("-t", "tmpfs", "-o", "size=13m", "tmpfs") == 0, "mounting needs root");
  }

  @AfterEach
  void unmount() throws Exception {
    run("umount", disk.toString());
  }

  @Test
  void aFullDiskEndsTheRunAndTheOldCheckpointsAreThere() throws Exception {
    Path run = disk.resolve("run");

    SmallRun.requireError(
        Tributary.run(SmallRun.DEADLINE, SmallRun.train(run)),
        4,
        "Cannot write checkpoint step-0000000008 to ",
        "No space left on device");
    assertThat(SmallRun.checkpoints(run)).containsExactly("step-0000000000", "step-0000000004");

    assertThat(mount("-o", "remount,size=64m", "tmpfs")).isZero();
    SmallRun.requireSameEnd(run);
  }

  @Test
  void aFullDiskThatIsClearedInTimeCostsNothingIfSoWished() throws Exception {
    Path run = disk.resolve("run");
    Path ballast = disk.resolve("ballast");
    try (Tributary.Running running =
        Tributary.local()
            .start(
                SmallRun.train(
                    run, "--set=checkpoint.keep=1", "--set=checkpoint.on-failure=continue"))) {
      running.awaitErrors("round 1 ", SmallRun.DEADLINE);
      fill(ballast);
      running.awaitErrors("the run goes on, as checkpoint.on-failure says", SmallRun.DEADLINE);
      Files.delete(ballast);
      Outcome outcome = running.await(SmallRun.DEADLINE);
      SmallRun.requireSame(outcome);
      assertThat(outcome.errors()).contains("No space left on device");
    }
    assertThat(SmallRun.checkpoints(run)).containsExactly("step-0000000032");
  }

  @Test
  void aFolderThatCannotBeWrittenIsToldBeforeTraining() throws Exception {
    assertThat(mount("-o", "remount,size=64m", "tmpfs")).isZero();
    Path run = SmallRun.copy(disk.resolve("run"));
    assertThat(mount("-o", "remount,ro", "tmpfs")).isZero();

    Outcome resumed = Tributary.run(SmallRun.DEADLINE, SmallRun.resume(run));
    SmallRun.requireError(resumed, 4, "Cannot lock the run folder ", "Read-only file system");
    Outcome started = Tributary.run(SmallRun.DEADLINE, SmallRun.train(disk.resolve("new/run")));
    SmallRun.requireError(started, 4, "Cannot make the run folder ", "name another with --run");
    assertThat(resumed.errors() + started.errors()).doesNotContain("round 1");
  }

  private int mount(String... words) throws Exception {
    List<String> command = new ArrayList<>(List.of("mount"));
    command.addAll(List.of(words));
    command.add(disk.toString());
    return run(command.toArray(String[]::new));
  }

  private static int run(String... command) throws Exception {
    return new ProcessBuilder(command).redirectErrorStream(true).start().waitFor();
  }

  /** Takes all the room there is. */
  private static void fill(Path file) throws IOException {
    byte[] block = new byte[1 << 16];
    try (OutputStream out = Files.newOutputStream(file)) {
      while (true) {
        out.write(block);
      }
    } catch (IOException e) {
      assertThat(e).hasMessageContaining("No space left on device");
    }
  }
}
