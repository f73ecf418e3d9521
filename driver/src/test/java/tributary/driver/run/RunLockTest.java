package tributary.driver.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tributary.datasets.Storage;
import tributary.datasets.testing.Folders;
import tributary.driver.checkpoint.CheckpointException;
import tributary.driver.checkpoint.LockException;

/** Locks of one process, on a clock that the tests move; LockIT has several processes. */
class RunLockTest {
  private static final Duration LEASE = Duration.ofMinutes(10);
  private static final Instant START = Instant.parse("2026-01-02T03:04:05Z");

  private final Wall wall = new Wall();

  @TempDir Path folder;

  @Test
  void theHolderIsNamedToWhoeverComesNext() throws Exception {
    try (RunLock first = acquire()) {
      first.requireHeld();
      wall.now = START.plusSeconds(7);

      assertThatThrownBy(this::acquire)
          .isInstanceOf(LockException.class)
          .hasMessageStartingWith(
              "The run folder %s is in use by process %d on ",
              hadoop(), ProcessHandle.current().pid())
          .hasMessageEndingWith(
              ", since 2026-01-02T03:04:05Z, last heartbeat 7 s ago; wait for that run to end, or"
                  + " stop it; should it be dead, its lock is free 600 s after its last heartbeat");
      first.requireHeld();
    }
  }

  @Test
  void aReleasedLockIsFreeAtOnce() throws Exception {
    RunLock first = acquire();
    first.close();

    assertThat(json("LOCK-1").path("released").asBoolean()).isTrue();
    assertThatThrownBy(first::requireHeld)
        .isInstanceOf(LockException.class)
        .hasMessageStartingWith("This process has given back the run folder ");
    try (RunLock second = acquire()) {
      second.requireHeld();
      assertThat(Folders.names(folder)).containsExactly("LOCK-2");
    }
  }

  @Test
  void aSilentHolderIsTakenOverAfterItsOwnLeaseAndFenced() throws Exception {
    RunLock silent = acquire();
    wall.now = START.plus(LEASE).minusMillis(1);
    assertThatThrownBy(() -> acquire(Duration.ofSeconds(1))).isInstanceOf(LockException.class);

    wall.now = START.plus(LEASE);
    try (RunLock next = acquire(Duration.ofSeconds(1))) {
      next.requireHeld();
      assertThatThrownBy(silent::requireHeld)
          .isInstanceOf(LockException.class)
          .hasMessageStartingWith(
              "This run was taken over by process %d on ", ProcessHandle.current().pid())
          .hasMessageEndingWith(": nothing more is written to " + hadoop());

      silent.beat();
      silent.close();

      next.requireHeld();
      assertThat(Folders.names(folder)).containsExactly("LOCK-2");
    }
  }

  @Test
  void aHeartbeatKeepsTheLock() throws Exception {
    try (RunLock lock = acquire()) {
      wall.now = START.plus(LEASE).minusSeconds(1);
      lock.beat();
      wall.now = START.plus(LEASE).plusSeconds(1);

      assertThatThrownBy(this::acquire).hasMessageContaining("last heartbeat 2 s ago");
      assertThat(Folders.names(folder)).containsExactly("LOCK-1");
    }
  }

  @Test
  void heartbeatsComeByThemselves() throws Exception {
    try (RunLock lock = RunLock.acquire(fs(), hadoop(), Duration.ofSeconds(1))) {
      Instant first = Instant.parse(json("LOCK-1").path("heartbeat").asText());
      long end = System.nanoTime() + Duration.ofSeconds(20).toNanos();
      Instant last = first;
      while (last.equals(first)) {
        assertThat(System.nanoTime()).as("no heartbeat").isLessThan(end);
        last = Instant.parse(json("LOCK-1").path("heartbeat").asText());
      }
      lock.requireHeld();
    }
  }

  @Test
  void aHolderWhoseProcessIsGoneFromThisMachineIsTakenOverAtOnce() throws Exception {
    Process gone = new ProcessBuilder("true").start();
    assertThat(gone.waitFor()).isZero();
    LockHolder here = LockHolder.here(START, LEASE);
    write("LOCK-4", withPid(here, gone.pid(), here.machine()).toJson());

    try (RunLock lock = acquire()) {
      lock.requireHeld();
    }
  }

  @Test
  void aProcessIdOfAnotherMachineSaysNothing() throws Exception {
    LockHolder here = LockHolder.here(START, LEASE);
    for (String machine : List.of("another boot", "")) {
      write("LOCK-4", withPid(here, Integer.MAX_VALUE, machine).toJson());

      assertThatThrownBy(this::acquire)
          .isInstanceOf(LockException.class)
          .hasMessageContaining("in use by process " + Integer.MAX_VALUE);
    }
  }

  @Test
  void aLockThatItsWriterNeverFilledIsHeldUntilItIsOld() throws Exception {
    Path torn = write("LOCK-1", new byte[0]);
    Files.setLastModifiedTime(torn, FileTime.from(START));
    assertThatThrownBy(this::acquire)
        .isInstanceOf(LockException.class)
        .hasMessageContaining("in use by process 0 on unknown");

    wall.now = START.plus(LEASE);
    try (RunLock lock = acquire()) {
      lock.requireHeld();
    }
  }

  @Test
  void ofManyThatComeAtOnceOneGetsTheLock() throws Exception {
    for (int round = 0; round < 20; round++) {
      List<RunLock> taken = rush(8);

      assertThat(taken).as("round %d", round).hasSize(1);
      taken.get(0).requireHeld();
      if (round % 2 == 0) {
        taken.get(0).close();
      } else {
        wall.now = wall.now.plus(LEASE);
      }
    }
  }

  @Test
  void aTakerThatOversleptDoesNotTakeTheNextOnesLock() throws Exception {
    acquire().close();
    acquire().close();
    try (RunLock third = acquire()) {
      // It saw LOCK-1, and makes LOCK-2 now that this number is free again.
      Path late = write("LOCK-2", LockHolder.here(START, LEASE).toJson());

      third.requireHeld();
      assertThat(late).exists();
    }
    acquire().close();
    assertThat(Folders.names(folder)).containsExactly("LOCK-4");
  }

  @Test
  void aFolderThatIsNotThereIsACheckpointProblem() {
    org.apache.hadoop.fs.Path missing = new org.apache.hadoop.fs.Path(hadoop(), "missing");

    assertThatThrownBy(() -> RunLock.acquire(fs(), missing, LEASE))
        .isInstanceOf(CheckpointException.class)
        .hasMessageStartingWith("Cannot lock the run folder " + missing + ": ");
  }

  /** All the locks that so many threads got that started together. */
  private List<RunLock> rush(int takers) throws Exception {
    CyclicBarrier start = new CyclicBarrier(takers);
    ExecutorService threads = Executors.newFixedThreadPool(takers);
    Callable<RunLock> taker =
        () -> {
          start.await();
          return acquire();
        };
    List<RunLock> taken = new ArrayList<>();
    try {
      for (Future<RunLock> attempt :
          threads.invokeAll(java.util.Collections.nCopies(takers, taker))) {
        try {
          taken.add(attempt.get());
        } catch (ExecutionException e) {
          assertThat(e.getCause()).isInstanceOf(LockException.class);
        }
      }
    } finally {
      threads.shutdown();
    }
    return taken;
  }

  private static LockHolder withPid(LockHolder holder, long pid, String machine) {
    return new LockHolder(
        holder.id(),
        holder.host(),
        pid,
        machine,
        holder.since(),
        holder.heartbeat(),
        holder.lease(),
        holder.state());
  }

  private RunLock acquire() throws IOException {
    return acquire(LEASE);
  }

  private RunLock acquire(Duration lease) throws IOException {
    return RunLock.acquire(fs(), hadoop(), lease, wall);
  }

  private Path write(String name, byte[] bytes) throws IOException {
    return Files.write(folder.resolve(name), bytes);
  }

  private JsonNode json(String name) throws IOException {
    return new ObjectMapper().readTree(folder.resolve(name).toFile());
  }

  private FileSystem fs() throws IOException {
    return Storage.fileSystem(hadoop(), new Configuration());
  }

  private org.apache.hadoop.fs.Path hadoop() {
    return new org.apache.hadoop.fs.Path(folder.toString());
  }

  /** A clock that stands until it is moved. */
  private static final class Wall extends Clock {
    private volatile Instant now = START;

    @Override
    public Instant instant() {
      return now;
    }

    @Override
    public ZoneId getZone() {
      return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(ZoneId zone) {
      return this;
    }
  }
}
