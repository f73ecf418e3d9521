package tributary.driver.run;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import tributary.datasets.Storage;
import tributary.driver.checkpoint.CheckpointException;
import tributary.driver.checkpoint.CheckpointStore;
import tributary.driver.conf.Settings;

/**
 * Where a run keeps what it makes: {@code conf.yaml}, {@code metrics.jsonl} and {@code
 * checkpoints/}. Local or on any of Hadoop's file systems.
 */
public final class RunFolder {
  private static final String SETTINGS = "conf.yaml";
  private static final String METRICS = "metrics.jsonl";
  private static final String LEDGER = "ledger.jsonl";
  static final String CHECKPOINTS = "checkpoints";

  private final Path path;
  private final FileSystem fs;
  private final Configuration hadoop;

  private RunFolder(Path path, Configuration hadoop) throws IOException {
    this.hadoop = hadoop;
    this.fs = Storage.fileSystem(path, hadoop);
    this.path = fs.makeQualified(path);
  }

  /**
   * Makes the folder of a new run and stores its settings there.
   *
   * @throws CheckpointException if it holds a run already, or can't be made
   */
  public static RunFolder create(String path, Settings settings, Configuration hadoop)
      throws IOException {
    RunFolder folder = new RunFolder(new Path(path), hadoop);
    if (folder.fs.exists(folder.file(SETTINGS))) {
      throw new CheckpointException(
          "The run folder " + path + " holds a run already; go on with it by --resume " + path);
    }
    try {
      if (!folder.fs.mkdirs(folder.file(CHECKPOINTS))) {
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
    folder.store(settings);
    return folder;
  }

  /**
   * The folder of a run that was started before.
   *
   * @throws CheckpointException if there is no run in it
   */
  public static RunFolder open(String path, Configuration hadoop) throws IOException {
    RunFolder folder = new RunFolder(new Path(path), hadoop);
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

  /** The run's checkpoints. */
  public CheckpointStore checkpoints() throws IOException {
    return new CheckpointStore(file(CHECKPOINTS), hadoop);
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

  private Path file(String name) {
    return new Path(path, name);
  }
}
