package tributary.driver.faults;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchService;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import tributary.datasets.testing.FashionMnist;
import tributary.driver.cluster.Outcome;
import tributary.driver.cluster.Tributary;

/** Checkpoints that were half written, or spoilt afterwards. */
@Tag("faults")
@ExtendWith(FashionMnist.class)
class DamagedCheckpointIT {
  @RegisterExtension static final SmallRun UNDISTURBED = new SmallRun();

  @TempDir Path folder;

  @Test
  void damagedOnesArePassedOverByNameAndDigestToTheSameBits() throws IOException {
    Path run = SmallRun.copy(folder.resolve("run"));
    List<String> names = SmallRun.checkpoints(run);
    assertThat(names).hasSize(3);
    Path truncated = run.resolve("checkpoints/" + names.get(2) + "/parameters.safetensors");
    byte[] whole = Files.readAllBytes(truncated);
    Files.write(truncated, Arrays.copyOf(whole, whole.length / 2));
    Path flipped = run.resolve("checkpoints/" + names.get(1) + "/position.json");
    byte[] bytes = Files.readAllBytes(flipped);
    bytes[bytes.length / 2] ^= 1;
    Files.write(flipped, bytes);

    Outcome outcome = SmallRun.requireSameEnd(run);

    for (Path damaged : List.of(truncated, flipped)) {
      assertThat(outcome.errors())
          .containsPattern(
              "WARN .*Passing over checkpoint step-\\d+: Corrupt checkpoint file (file:)?"
                  + damaged
                  + ": expected \\d+ bytes with SHA-256 [0-9a-f]{64}, found \\d+ bytes with"
                  + " SHA-256 [0-9a-f]{64}");
    }
  }

  @Test
  void withoutAWholeOneThereIsNothingToGoOnFrom() throws IOException {
    Path run = SmallRun.copy(folder.resolve("run"));
    for (String name : SmallRun.checkpoints(run)) {
      Files.delete(run.resolve("checkpoints/" + name + "/model.json"));
    }

    SmallRun.requireError(
        Tributary.run(SmallRun.DEADLINE, SmallRun.resume(run)),
        4,
        "Torn checkpoint: cannot read ",
        "No usable checkpoint in ");
  }

  @RepeatedTest(2)
  void aDriverKilledWhileItWritesOneLosesNothing() throws Exception {
    Path run = folder.resolve("run");
    try (Tributary.Running running = Tributary.local().start(SmallRun.train(run))) {
      running.awaitErrors("round 2 ", SmallRun.DEADLINE);
      awaitWriter(run.resolve("checkpoints"));
      running.process().destroyForcibly();
      running.await(SmallRun.DEADLINE);
    }
    try (Stream<Path> left = Files.list(run.resolve("checkpoints"))) {
      assertThat(left.filter(path -> path.getFileName().toString().startsWith(".tmp-"))).hasSize(1);
    }

    SmallRun.requireSameEnd(run);
    try (Stream<Path> left = Files.list(run.resolve("checkpoints"))) {
      assertThat(left).allMatch(path -> path.getFileName().toString().startsWith("step-"));
    }
  }

  /** Returns as soon as a checkpoint's folder is made, before there is much in it. */
  private static void awaitWriter(Path checkpoints) throws Exception {
    try (WatchService watch = checkpoints.getFileSystem().newWatchService()) {
      checkpoints.register(watch, StandardWatchEventKinds.ENTRY_CREATE);
      for (boolean writing = false; !writing; ) {
        var key = watch.poll(SmallRun.DEADLINE.toSeconds(), TimeUnit.SECONDS);
        assertThat(key).as("no checkpoint was written").isNotNull();
        writing =
            key.pollEvents().stream()
                .anyMatch(event -> event.context().toString().startsWith(".tmp-step-"));
        key.reset();
      }
    }
  }
}
