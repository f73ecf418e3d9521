package tributary.driver.checkpoint;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSError;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tributary.datasets.Storage;
import tributary.driver.round.Watched;
import tributary.worker.model.ModelException;

/**
 * The checkpoints of a run. A checkpoint is written to a {@code .tmp-*} folder and committed by a
 * rename; "latest" is the highest step whose files all match their manifest, never the newest time.
 */
public final class CheckpointStore {
  private static final Logger LOG = LoggerFactory.getLogger(CheckpointStore.class);
  private static final String TEMPORARY = ".tmp-";

  /** Holds a checkpoint aside while one of the same step takes its name. */
  private static final String REPLACED = ".tmp-old-";

  private static final Pattern NAME = Pattern.compile("step-\\d{10,}");
  private static final Comparator<String> BY_STEP =
      Comparator.comparingInt(String::length).thenComparing(Comparator.naturalOrder());

  private final FileSystem fs;
  private final Path folder;
  private final Fence fence;

  /** The checkpoints in a folder, which need not exist yet; nobody else writes there. */
  public CheckpointStore(Path folder, Configuration hadoop) throws IOException {
    this(folder, hadoop, () -> {});
  }

  /** The checkpoints in a folder that is written to as long as {@code fence} allows. */
  public CheckpointStore(Path folder, Configuration hadoop, Fence fence) throws IOException {
    this(Storage.fileSystem(folder, hadoop), folder, fence);
  }

  CheckpointStore(FileSystem fs, Path folder, Fence fence) {
    this.fs = fs;
    this.folder = folder;
    this.fence = fence;
  }

  /**
   * Commits a checkpoint, then drops older ones: {@code keep} stay, this one among them, and beside
   * them that of the best evaluation, if the run watches any. Those of later steps stay too: a run
   * that went back has either passed over them as damaged, or will write them again.
   *
   * @throws CheckpointException if it can't be written; older ones are untouched
   * @throws LockException if the run was taken over by another process
   */
  public void save(Checkpoint checkpoint, int keep) throws CheckpointException, LockException {
    String name = name(checkpoint.position().step());
    Path temporary = Storage.temporarySibling(new Path(folder, name));
    try {
      fence.requireHeld();
      recover();
      delete(TEMPORARY); // what a killed writer left
      fs.mkdirs(temporary);
      new CheckpointFiles(fs, temporary).write(checkpoint);
      fence.requireHeld();
      commit(temporary, name);
      sweep(name, keep, checkpoint.watched());
    } catch (LockException e) {
      discard(temporary, e);
      throw e;
    } catch (IOException e) {
      throw unwritable(temporary, name, e);
    } catch (FSError e) {
      throw unwritable(temporary, name, Storage.unwrapped(e));
    }
  }

  /**
   * Finds out before a run trains whether its checkpoints can be written.
   *
   * @throws CheckpointException if they can't
   */
  public void requireWritable() throws CheckpointException {
    Path probe = Storage.temporarySibling(new Path(folder, "probe"));
    try {
      fs.create(probe, /* overwrite= */ true).close();
      fs.delete(probe, /* recursive= */ false);
    } catch (IOException e) {
      throw new CheckpointException(
          "Cannot write checkpoints to " + folder + ": " + e.getMessage(), e);
    }
  }

  private CheckpointException unwritable(Path temporary, String name, IOException cause) {
    discard(temporary, cause);
    return new CheckpointException(
        "Cannot write checkpoint " + name + " to " + folder + ": " + cause.getMessage(), cause);
  }

  /** What was written so far goes, so that a full disk gets its room back. */
  private void discard(Path temporary, IOException cause) {
    try {
      fs.delete(temporary, /* recursive= */ true);
    } catch (IOException e) {
      cause.addSuppressed(e);
    }
  }

  /** The names of the committed checkpoints, oldest first. */
  public List<String> names() throws IOException {
    Set<String> names = new TreeSet<>(BY_STEP);
    for (String entry : entries()) {
      String name = entry.startsWith(REPLACED) ? entry.substring(REPLACED.length()) : entry;
      if (NAME.matcher(name).matches()) {
        names.add(name);
      }
    }
    return new ArrayList<>(names);
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
    if (!names().contains(name)) {
      throw new CheckpointException("No checkpoint " + name + " in " + folder + ": " + names());
    }
    CheckpointFiles files = new CheckpointFiles(fs, place(name));
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

  /** The name of the checkpoint after so many optimizer steps. */
  public static String name(long step) {
    return String.format(Locale.ROOT, "step-%010d", step);
  }

  /** Where a committed checkpoint lies: aside, if its writer was killed while replacing it. */
  private Path place(String name) throws IOException {
    Path committed = new Path(folder, name);
    return fs.exists(committed) ? committed : new Path(folder, REPLACED + name);
  }

  /**
   * A resumed run comes by steps that were saved before; the new one, equal in bits, replaces it.
   */
  private void commit(Path temporary, String name) throws IOException {
    Path target = new Path(folder, name);
    if (fs.exists(target)) {
      Storage.renameFolder(fs, target, new Path(folder, REPLACED + name));
    }
    Storage.renameFolder(fs, temporary, target);
    delete(REPLACED);
  }

  /** Gives a checkpoint its name back that was put aside and never replaced. */
  private void recover() throws IOException {
    for (String name : names()) {
      if (!fs.exists(new Path(folder, name))) {
        Storage.renameFolder(fs, place(name), new Path(folder, name));
      }
    }
  }

  private void sweep(String newest, int keep, Watched watched) throws IOException {
    List<String> names = names();
    String best = name(Math.max(0, watched.bestStep()));
    names.removeIf(name -> watched.hasBest() && name.equals(best) && !name.equals(newest));
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
