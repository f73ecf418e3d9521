package tributary.driver.faults;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import tributary.datasets.testing.FashionMnist;
import tributary.driver.cluster.Deadline;
import tributary.driver.cluster.Outcome;
import tributary.driver.cluster.Tributary;

/** Signals to the driver. */
@ExtendWith(FashionMnist.class)
class StoppedRunIT {
  @RegisterExtension static final SmallRun UNDISTURBED = new SmallRun();

  @TempDir Path folder;

  @Test
  void sigtermAndCtrlCCommitTheRoundAndTheRunGoesOnToTheSameBits() throws Exception {
    Path run = folder.resolve("run");
    Outcome terminated =
        signalledAfter("TERM", "round 2 ", SmallRun.train(run, "--set=checkpoint.every-rounds=0"));
    SmallRun.requireError(
        terminated,
        143,
        "SIGTERM: stopping after this round",
        "Stopped by SIGTERM with a checkpoint; to go on: deploy/tributary train --resume " + run);
    requireCommitted(run, terminated);

    Outcome interrupted = signalledAfter("INT", "  loss ", SmallRun.resume(run));
    SmallRun.requireError(interrupted, 130, "Stopped by SIGINT with a checkpoint");
    requireCommitted(run, interrupted);

    SmallRun.requireSameEnd(run);
  }

  @Test
  @Tag("faults")
  void aSecondSignalEndsTheRunAtOnce() throws Exception {
    Path run = folder.resolve("run");
    String[] longRound =
        SmallRun.train(
            run,
            "--set=training.epochs=1000",
            "--set=training.replicas=1",
            "--set=training.local-steps=1000000",
            "--set=training.minibatch-size=1");
    try (Tributary.Running running = Tributary.local().start(longRound)) {
      Path first = run.resolve("checkpoints/step-0000000000");
      assertThat(Deadline.in(SmallRun.DEADLINE).waitFor(() -> Files.exists(first))).isTrue();
      signal("TERM", running);
      running.awaitErrors("SIGTERM: stopping after this round", SmallRun.DEADLINE);
      signal("TERM", running);

      assertThat(running.await(Duration.ofSeconds(30)).exitCode()).isEqualTo(143);
    }
    assertThat(SmallRun.checkpoints(run)).containsExactly("step-0000000000");
  }

  /** The newest checkpoint is that of the last round that was told of, and the lock is free. */
  private static void requireCommitted(Path run, Outcome outcome) {
    String last =
        outcome.errors().lines().filter(line -> line.contains("  round ")).reduce("", (a, b) -> b);
    int rounds = Integer.parseInt(last.replaceAll(".* round (\\d+)  loss.*", "$1"));
    assertThat(rounds).isBetween(2, 7);
    assertThat(SmallRun.checkpoints(run)).last().asString().endsWith("00" + 4 * rounds);
    assertThat(SmallRun.lock(run).path("released").asBoolean()).isTrue();
  }

  private static Outcome signalledAfter(String signal, String text, String... words)
      throws Exception {
    try (Tributary.Running running = Tributary.local().start(words)) {
      running.awaitErrors(text, SmallRun.DEADLINE);
      signal(signal, running);
      return running.await(SmallRun.DEADLINE);
    }
  }

  private static void signal(String name, Tributary.Running running)
      throws IOException, InterruptedException {
    String pid = Long.toString(running.process().pid());
    assertThat(new ProcessBuilder("kill", "-" + name, pid).start().waitFor()).isZero();
  }
}
