package tributary.driver.checkpoint;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tributary.datasets.Storage;

/**
 * The checkpoints of a run. A checkpoint is written to a {@code .tmp-*} folder and committed by a
 * rename; "latest" is the highest step whose files all match their manifest, never the newest time.
 */
public final class CheckpointStore {
  private static final Logger LOG = LoggerFactory.getLogger(CheckpointStore.class);
  private static final String TEMPORARY = ".tmp-";
  private static final Pattern NAME = Pattern.compile("step-\\d{10,}");

  private final FileSystem fs;
  private final Path folder;

  /** The checkpoints in a folder, which need not exist yet. */
  public CheckpointStore(Path folder, Configuration hadoop) throws IOException {
    this.fs = Storage.fileSystem(folder, hadoop);
    this.folder = folder;
  }

  /**
   * Commits a checkpoint, then drops all but the newest {@code keep}.
   *
   * @throws CheckpointException if it can't be written; older ones are untouched
   */
  public void save(Checkpoint checkpoint, int keep) throws CheckpointException {
    String name = name(checkpoint.position().step());
    Path temporary = new Path(folder, TEMPORARY + name);
    try {
      fs.delete(temporary, true);
      fs.mkdirs(temporary);
      new CheckpointFiles(fs, temporary).write(checkpoint);
      commit(temporary, new Path(folder, name));
      sweep(keep);
    } catch (IOException e) {
      throw new CheckpointException(
          "Cannot write checkpoint " + name + " to " + folder + ": " + e.getMessage(), e);
    }
  }

  /** The names of the committed checkpoints, oldest first. */
  public List<String> names() throws IOException {
    List<String> names = new ArrayList<>();
    try {
      for (FileStatus status : fs.listStatus(folder)) {
        if (NAME.matcher(status.getPath().getName()).matches()) {
          names.add(status.getPath().getName());
        }
      }
    } catch (FileNotFoundException e) {
      return names; // no checkpoint was ever written here
    }
    Collections.sort(names);
    return names;
  }

  /**
   * The newest checkpoint whose files are whole; damaged ones are passed over with a warning.
   *
   * @throws CheckpointException if there is none
   */
  public Checkpoint latest() throws IOException {
    List<String> names = names();
    Collections.reverse(names);
    for (String name : names) {
      try {
        return read(name);
      } catch (CheckpointException e) {
        LOG.warn("Passing over checkpoint {}: {}", name, e.getMessage());
      }
    }
    throw new CheckpointException(
        "No usable checkpoint in " + folder + ": found " + (names.isEmpty() ? "none" : names));
  }

  /**
   * A checkpoint by name.
   *
   * @throws CheckpointException naming the file that is damaged or missing
   */
  public Checkpoint read(String name) throws IOException {
    CheckpointFiles files = new CheckpointFiles(fs, new Path(folder, name));
    files.verify();
    return files.read();
  }

  private static String name(long step) {
    return String.format(Locale.ROOT, "step-%010d", step);
  }

  /**
   * A resumed run comes by steps that were saved before; the new one, equal in bits, replaces it.
   */
  private void commit(Path temporary, Path target) throws IOException {
    Path old = new Path(folder, TEMPORARY + "old-" + target.getName());
    boolean replaces = fs.exists(target);
    if (replaces) {
      rename(target, old);
    }
    rename(temporary, target);
    if (replaces) {
      fs.delete(old, true);
    }
  }

  private void rename(Path from, Path to) throws IOException {
    if (!fs.rename(from, to)) {
      throw new IOException("cannot rename " + from + " to " + to);
    }
  }

  private void sweep(int keep) throws IOException {
    List<String> names = names();
    for (String name : names.subList(0, Math.max(0, names.size() - keep))) {
      fs.delete(new Path(folder, name), true);
    }
  }
}
