package tributary.driver.run;

import java.io.Closeable;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import tributary.datasets.Storage;
import tributary.driver.checkpoint.CheckpointException;
import tributary.driver.checkpoint.CheckpointStore;
import tributary.driver.checkpoint.Fence;
import tributary.driver.checkpoint.LockException;
import tributary.driver.conf.Key;
import tributary.driver.conf.Settings;

/**
 * Where a run keeps what it makes: {@code conf.yaml}, {@code metrics.jsonl}, {@code ledger.jsonl},
 * {@code checkpoints/}, and {@code quarantine.jsonl} if there are bad examples. Local or on any of
 * Hadoop's file systems. One that is to be written to is locked until it is closed; for readers
 * there is nothing to close.
 */
public final class RunFolder implements Closeable {
  private static final String SETTINGS = "conf.yaml";
  private static final String METRICS = "metrics.jsonl";
  private static final String LEDGER = "ledger.jsonl";
  private static final String QUARANTINE = "quarantine.jsonl";
  static final String CHECKPOINTS = "checkpoints";

  private final Path path;
  private final FileSystem fs;
  private final Configuration hadoop;
  private final Fence fence;
  private final Closeable lock;

  private RunFolder(Path path, FileSystem fs, Configuration hadoop, Fence fence, Closeable lock) {
    this.path = path;
    this.fs = fs;
    this.hadoop = hadoop;
    this.fence = fence;
    this.lock = lock;
  }

  /** A folder that is only read. */
  private static RunFolder at(String path, Configuration hadoop) throws IOException {
    FileSystem fs = Storage.fileSystem(new Path(path), hadoop);
    return new RunFolder(
        fs.makeQualified(new Path(path)), fs, hadoop, RunFolder::notLocked, () -> {});
  }

  /**
   * Makes and locks the folder of a new run and stores its settings there.
   *
   * @throws CheckpointException if it holds a run already, or can't be made
   * @throws LockException if a run is going on in it
   */
  public static RunFolder create(String path, Settings settings, Configuration hadoop)
      throws IOException {
    RunFolder read = at(path, hadoop);
    try {
      if (!read.fs.mkdirs(read.file(CHECKPOINTS))) {
        throw new IOException("the file system refused");
      }
    } catch (IOException e) {
      throw new CheckpointException(
          "Cannot make the run folder "
              + path
              + ": "
              + e.getMessage()
              + "; name another with --run",
          e);
    }
    RunFolder folder = read.locked(settings);
    try {
      folder.requireNew(path);
      folder.store(settings);
      return folder;
    } catch (IOException e) {
      folder.close();
      throw e;
    }
  }

  private void requireNew(String given) throws IOException {
    if (fs.exists(file(SETTINGS))) {
      throw new CheckpointException(
          "The run folder " + given + " holds a run already; go on with it by --resume " + given);
    }
  }

  /**
   * The same folder, for this process alone to write to until it is closed.
   *
   * @throws LockException naming the process that writes to it now
   * @throws CheckpointException if it can't be written to
   */
  public RunFolder locked(Settings settings) throws IOException {
    RunLock taken =
        RunLock.acquire(fs, path, Duration.ofSeconds(settings.number(Key.RUN_LEASE_SECONDS)));
    RunFolder folder = new RunFolder(path, fs, hadoop, taken, taken);
    try {
      folder.checkpoints().requireWritable();
      return folder;
    } catch (IOException e) {
      folder.close();
      throw e;
    }
  }

  private static void notLocked() {
    throw new IllegalStateException("the run folder is open for reading alone");
  }

  /**
   * The folder of a run that was started before.
   *
   * @throws CheckpointException if there is no run in it
   */
  public static RunFolder open(String path, Configuration hadoop) throws IOException {
    RunFolder folder = at(path, hadoop);
    if (!folder.fs.exists(folder.file(SETTINGS))) {
      throw new CheckpointException(
          "No run in " + path + ": expected a file " + folder.file(SETTINGS));
    }
    return folder;
  }

  /** The folder's path. */
  public Path path() {
    return path;
  }

  /** The folder's path as the user would type it: without a scheme if it is local. */
  public String display() {
    return path.toUri().getScheme().equals("file") ? path.toUri().getPath() : path.toString();
  }

  /** The run's metrics, one JSON object a line. */
  public Path metrics() {
    return file(METRICS);
  }

  /** Which examples the run has trained, one JSON object a round. */
  public Path ledger() {
    return file(LEDGER);
  }

  /** Which examples the run went without, one JSON object each; missing if there are none. */
  public Path quarantine() {
    return file(QUARANTINE);
  }

  /** The run's checkpoints. */
  public CheckpointStore checkpoints() throws IOException {
    return new CheckpointStore(file(CHECKPOINTS), hadoop, fence);
  }

  /** The effective configuration that the run was last started with. */
  public Settings.Source settings() throws IOException {
    try {
      return new Settings.Source(
          new String(Storage.readAll(fs, file(SETTINGS)), StandardCharsets.UTF_8),
          file(SETTINGS).toString());
    } catch (FileNotFoundException e) {
      throw new CheckpointException("The run folder lost its " + file(SETTINGS), e);
    }
  }

  /**
   * Stores the effective configuration.
   *
   * @throws CheckpointException if the folder can't be written
   */
  public void store(Settings settings) throws CheckpointException {
    byte[] yaml = settings.toYaml().getBytes(StandardCharsets.UTF_8);
    try {
      Storage.writeAtomically(fs, file(SETTINGS), yaml);
    } catch (IOException e) {
      throw new CheckpointException("Cannot write " + file(SETTINGS) + ": " + e.getMessage(), e);
    }
  }

  /** Lets others write here. */
  @Override
  public void close() throws IOException {
    lock.close();
  }

  private Path file(String name) {
    return new Path(path, name);
  }
}
