package tributary.driver.checkpoint;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSError;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tributary.datasets.Storage;
import tributary.worker.model.ModelException;

/**
 * The checkpoints of a run. A checkpoint is written to a {@code .tmp-*} folder and committed by a
 * rename; "latest" is the highest step whose files all match their manifest, never the newest time.
 */
public final class CheckpointStore {
  private static final Logger LOG = LoggerFactory.getLogger(CheckpointStore.class);
  private static final String TEMPORARY = ".tmp-";
  private static final String REPLACED = ".tmp-old-";
  private static final Pattern NAME = Pattern.compile("step-\\d{10,}");
  private static final Comparator<String> BY_STEP =
      Comparator.comparingInt(String::length).thenComparing(Comparator.naturalOrder());

  private final FileSystem fs;
  private final Path folder;

  /** The checkpoints in a folder, which need not exist yet. */
  public CheckpointStore(Path folder, Configuration hadoop) throws IOException {
    this.fs = Storage.fileSystem(folder, hadoop);
    this.folder = folder;
  }

  /**
   * Commits a checkpoint, then drops older ones: {@code keep} stay, this one among them. Those of
   * later steps stay too: a run that went back has either passed over them as damaged, or will
   * write them again.
   *
   * @throws CheckpointException if it can't be written; older ones are untouched
   */
  public void save(Checkpoint checkpoint, int keep) throws CheckpointException {
    String name = name(checkpoint.position().step());
    Path temporary = new Path(folder, TEMPORARY + name);
    try {
      delete(TEMPORARY + "step-"); // what a killed writer left; nobody reads it
      fs.mkdirs(temporary);
      new CheckpointFiles(fs, temporary).write(checkpoint);
      commit(temporary, new Path(folder, name));
      delete(REPLACED);
      sweep(name, keep);
    } catch (IOException e) {
      throw unwritable(name, e);
    } catch (FSError e) {
      throw unwritable(name, Storage.unwrapped(e));
    }
  }

  /** What was written so far goes, so that a full disk gets its room back. */
  private CheckpointException unwritable(String name, IOException cause) {
    try {
      delete(TEMPORARY + name);
    } catch (IOException e) {
      cause.addSuppressed(e);
    }
    return new CheckpointException(
        "Cannot write checkpoint " + name + " to " + folder + ": " + cause.getMessage(), cause);
  }

  /** The names of the committed checkpoints, oldest first. */
  public List<String> names() throws IOException {
    List<String> names = new ArrayList<>(entries());
    names.removeIf(name -> !NAME.matcher(name).matches());
    names.sort(BY_STEP);
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
   * @throws CheckpointException naming the file that is damaged, missing or refused
   */
  public Checkpoint read(String name) throws IOException {
    if (!fs.exists(new Path(folder, name))) {
      throw new CheckpointException("No checkpoint " + name + " in " + folder + ": " + names());
    }
    CheckpointFiles files = new CheckpointFiles(fs, new Path(folder, name));
    try {
      files.verify();
      return files.read();
    } catch (ModelException e) {
      throw new CheckpointException("Cannot use checkpoint " + name + ": " + e.getMessage(), e);
    } catch (FSError e) {
      IOException cause = Storage.unwrapped(e);
      throw new CheckpointException(
          "Cannot read checkpoint " + name + " in " + folder + ": " + cause.getMessage(), cause);
    }
  }

  private static String name(long step) {
    return String.format(Locale.ROOT, "step-%010d", step);
  }

  /**
   * A resumed run comes by steps that were saved before; the new one, equal in bits, replaces it.
   */
  private void commit(Path temporary, Path target) throws IOException {
    if (fs.exists(target)) {
      Path old = new Path(folder, REPLACED + target.getName());
      fs.delete(old, true);
      Storage.renameFolder(fs, target, old);
    }
    Storage.renameFolder(fs, temporary, target);
  }

  private void sweep(String newest, int keep) throws IOException {
    List<String> names = names();
    names.removeIf(name -> BY_STEP.compare(name, newest) > 0);
    for (String name : names.subList(0, Math.max(0, names.size() - keep))) {
      fs.delete(new Path(folder, name), true);
    }
  }

  private void delete(String prefix) throws IOException {
    for (String name : entries()) {
      if (name.startsWith(prefix)) {
        fs.delete(new Path(folder, name), true);
      }
    }
  }

  private List<String> entries() throws IOException {
    List<String> names = new ArrayList<>();
    try {
      for (FileStatus status : fs.listStatus(folder)) {
        names.add(status.getPath().getName());
      }
    } catch (FileNotFoundException e) {
      return names; // no checkpoint was ever written here
    }
    return names;
  }
}
