package tributary.driver.run;

import java.io.Closeable;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.util.ShutdownHookManager;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tributary.datasets.Storage;
import tributary.driver.DaemonThreads;
import tributary.driver.checkpoint.CheckpointException;
import tributary.driver.checkpoint.Fence;
import tributary.driver.checkpoint.LockException;
import tributary.driver.run.LockHolder.State;

/**
 * The right to write to a run folder, which one process has at a time.
 *
 * <p>It is a file {@code LOCK-N}, and whoever made the one with the highest number holds the
 * folder. To take the lock, free or dead, is to create {@code LOCK-(N+1)}, which succeeds for one
 * process alone; the highest number never goes away, so that no number is used twice and a process
 * that overslept can't mistake another's lock for the dead one it saw. Each holder writes its own
 * file only, to renew the heartbeat and to release. The number is what Burrows, "The Chubby lock
 * service for loosely-coupled distributed systems", OSDI 2006, section 2.4, calls a sequencer; our
 * storage can't check one, so the writer itself does, just before it commits.
 *
 * <p>An object store may let two processes create one file; the id in it tells the second-last
 * writer that it lost. Wall clocks decide over leases, and over nothing else.
 */
final class RunLock implements Fence, Closeable {
  private static final Logger LOG = LoggerFactory.getLogger(RunLock.class);
  private static final String PREFIX = "LOCK-";
  private static final Pattern NAME = Pattern.compile(PREFIX + "(\\d{1,18})");
  private static final int HEARTBEATS_A_LEASE = 4;

  private final Files files;
  private final Clock clock;
  private final long number;
  private final Runnable atShutdown = this::close;
  private final ScheduledExecutorService heartbeats =
      Executors.newSingleThreadScheduledExecutor(new DaemonThreads("run-lock-heartbeat"));
  private LockHolder self;

  private RunLock(Files files, Clock clock, long number, LockHolder self) {
    this.files = files;
    this.clock = clock;
    this.number = number;
    this.self = self;
  }

  /**
   * Takes the lock of a folder, at once or not at all.
   *
   * @param lease after how long without a heartbeat others may take it from this process
   * @throws LockException naming the holder, if another process has it
   * @throws CheckpointException if the folder can't be written
   */
  static RunLock acquire(FileSystem fs, Path folder, Duration lease) throws IOException {
    try {
      return acquire(fs, folder, lease, Clock.systemUTC());
    } catch (LockException e) {
      throw e;
    } catch (IOException e) {
      throw new CheckpointException(
          "Cannot lock the run folder " + folder + ": " + e.getMessage(), e);
    }
  }

  static RunLock acquire(FileSystem fs, Path folder, Duration lease, Clock clock)
      throws IOException {
    Files files = new Files(fs, folder, lease);
    Entry last = files.newest();
    if (last.holder().state() == State.HELD) {
      requireDead(last.holder(), files, clock.instant());
      LOG.warn(
          "Taking over the run folder {} from {}", folder, last.holder().describe(clock.instant()));
    }
    LockHolder self = LockHolder.here(clock.instant(), lease);
    RunLock lock = new RunLock(files, clock, last.number() + 1, self);
    lock.create();
    files.deleteBelow(lock.number);
    lock.keepAlive();
    return lock;
  }

  @Override
  public synchronized void requireHeld() throws IOException {
    Entry newest = files.newest();
    if (!isOwn(newest)) {
      throw new LockException(
          "This run was taken over by "
              + newest.holder().describe(clock.instant())
              + ": nothing more is written to "
              + files.folder());
    }
    if (self.state() == State.RELEASED) {
      throw new LockException(
          "This process has given back the run folder " + files.folder() + ": it is ending");
    }
  }

  /** Gives the lock back. */
  @Override
  public void close() {
    heartbeats.shutdownNow();
    release();
    if (!ShutdownHookManager.get().isShutdownInProgress()) {
      ShutdownHookManager.get().removeShutdownHook(atShutdown);
    }
  }

  private synchronized void release() {
    if (self.state() == State.RELEASED) {
      return;
    }
    try {
      requireHeld();
      self = self.at(clock.instant(), State.RELEASED);
      files.replace(number, self);
    } catch (LockException e) {
      LOG.warn("{}", e.getMessage());
    } catch (IOException e) {
      LOG.warn(
          "Cannot release the run folder {}, it stays locked for {} s: {}",
          files.folder(),
          self.lease().toSeconds(),
          e.getMessage());
    }
  }

  /** Says that this process lives. */
  synchronized void beat() {
    try {
      requireHeld();
      self = self.at(clock.instant(), State.HELD);
      files.replace(number, self);
    } catch (LockException e) {
      LOG.warn("{}", e.getMessage());
      heartbeats.shutdown();
    } catch (IOException e) {
      LOG.warn("Cannot renew the lock of the run folder: {}", e.getMessage());
    }
  }

  private void create() throws IOException {
    try {
      files.create(number, self);
    } catch (IOException e) {
      Entry newest = files.newest();
      throw newest.number() < number ? e : held(newest.holder(), files, clock.instant());
    }
    Entry newest = files.newest();
    if (!isOwn(newest)) {
      throw held(newest.holder(), files, clock.instant());
    }
  }

  private boolean isOwn(Entry entry) {
    return entry.number() == number && entry.holder().id().equals(self.id());
  }

  private void keepAlive() {
    long millis = self.lease().toMillis() / HEARTBEATS_A_LEASE;
    ScheduledFuture<?> unused =
        heartbeats.scheduleWithFixedDelay(this::beat, millis, millis, TimeUnit.MILLISECONDS);
    ShutdownHookManager.get().addShutdownHook(atShutdown, FileSystem.SHUTDOWN_HOOK_PRIORITY + 1);
  }

  private static void requireDead(LockHolder holder, Files files, Instant now)
      throws LockException {
    if (holder.isAlive(now)) {
      throw held(holder, files, now);
    }
  }

  private static LockException held(LockHolder holder, Files files, Instant now) {
    return new LockException(
        "The run folder "
            + files.folder()
            + " is in use by "
            + holder.describe(now)
            + "; wait for that run to end, or stop it; should it be dead, its lock is free "
            + holder.lease().toSeconds()
            + " s after its last heartbeat");
  }

  /** A lock file's number, 0 for a lock that nobody ever took, and what is in it. */
  private record Entry(long number, LockHolder holder) {}

  /** The lock files of one folder. */
  private record Files(FileSystem fs, Path folder, Duration lease) {
    Entry newest() throws IOException {
      long newest = numbers().stream().mapToLong(Long::longValue).max().orElse(0);
      if (newest == 0) {
        return new Entry(
            0, LockHolder.unknown(Instant.EPOCH, lease).at(Instant.EPOCH, State.RELEASED));
      }
      try {
        return new Entry(newest, read(file(newest)));
      } catch (FileNotFoundException e) {
        return newest(); // swept by whoever made a higher one
      }
    }

    private LockHolder read(Path file) throws IOException {
      byte[] bytes = Storage.readAll(fs, file);
      try {
        return LockHolder.parse(bytes);
      } catch (IOException e) { // its writer was killed, or is about to fill it
        Instant modified = Instant.ofEpochMilli(fs.getFileStatus(file).getModificationTime());
        return LockHolder.unknown(modified, lease);
      }
    }

    void create(long number, LockHolder holder) throws IOException {
      Storage.createNew(fs, file(number), holder.toJson());
    }

    void replace(long number, LockHolder holder) throws IOException {
      Storage.writeAtomically(fs, file(number), holder.toJson());
    }

    void deleteBelow(long number) throws IOException {
      for (long lower : numbers()) {
        if (lower < number) {
          fs.delete(file(lower), /* recursive= */ false);
        }
      }
    }

    private List<Long> numbers() throws IOException {
      List<Long> numbers = new ArrayList<>();
      for (FileStatus status : fs.listStatus(folder)) {
        Matcher name = NAME.matcher(status.getPath().getName());
        if (name.matches()) {
          numbers.add(Long.valueOf(name.group(1)));
        }
      }
      return numbers;
    }

    private Path file(long number) {
      return new Path(folder, PREFIX + number);
    }
  }
}
