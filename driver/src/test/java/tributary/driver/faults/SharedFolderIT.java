package tributary.driver.faults;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import tributary.datasets.testing.FashionMnist;
import tributary.driver.cluster.Outcome;
import tributary.driver.cluster.Tributary;

/** Several runs that want one folder. */
@ExtendWith(FashionMnist.class)
class SharedFolderIT {
  @RegisterExtension static final SmallRun UNDISTURBED = new SmallRun();

  @TempDir Path folder;

  @Test
  void aSecondRunIsSentAwayAndADeadOnesFolderIsTakenOver() throws Exception {
    Path run = folder.resolve("run");
    try (Tributary.Running first =
        Tributary.local().start(SmallRun.train(run, "--set=training.epochs=1000"))) {
      first.awaitErrors("round 2 ", SmallRun.DEADLINE);
      String holder = "is in use by process " + first.process().pid() + " on ";
      for (String[] second : new String[][] {SmallRun.train(run), SmallRun.resume(run)}) {
        SmallRun.requireError(
            Tributary.run(SmallRun.DEADLINE, second),
            4,
            holder,
            "last heartbeat",
            "wait for that run to end, or stop it");
      }
      assertThat(first.process().isAlive()).isTrue();
      first.process().destroyForcibly();
    }
    Outcome next =
        Tributary.run(SmallRun.DEADLINE, SmallRun.resume(run, "--set=training.epochs=1"));

    assertThat(next.errors()).contains("Taking over the run folder", "from process ");
    assertThat(SmallRun.json(next).path("run").asText()).isEqualTo(run.toString());
  }

  @Test
  @Tag("faults")
  void aHolderThatWakesUpAfterItWasTakenOverWritesNothingMore() throws Exception {
    Path run = folder.resolve("run");
    try (Tributary.Running first =
        Tributary.local()
            .start(
                SmallRun.train(run, "--set=training.epochs=1000", "--set=run.lease-seconds=2"))) {
      first.awaitErrors("round 2 ", SmallRun.DEADLINE);
      signal("STOP", first);
      Outcome next = awaitTakeOver(run);
      SmallRun.json(next);
      var before = SmallRun.checkpoints(run);

      signal("CONT", first);
      SmallRun.requireError(
          first.await(SmallRun.DEADLINE), 4, "This run was taken over by process ");
      assertThat(SmallRun.checkpoints(run)).isEqualTo(before);
    }
  }

  /** Tries until the stopped holder's lease is over. */
  private static Outcome awaitTakeOver(Path run) {
    String[] resume = SmallRun.resume(run, "--set=training.epochs=1");
    Outcome next = Tributary.run(SmallRun.DEADLINE, resume);
    return next.exitCode() == 4 ? Tributary.run(SmallRun.DEADLINE, resume) : next;
  }

  private static void signal(String name, Tributary.Running running) throws Exception {
    String pid = Long.toString(running.process().pid());
    assertThat(new ProcessBuilder("kill", "-" + name, pid).start().waitFor()).isZero();
  }
}
