package tributary.driver.run;

import java.io.IOException;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import tributary.driver.checkpoint.Checkpoint;
import tributary.driver.checkpoint.CheckpointException;
import tributary.driver.checkpoint.CheckpointStore;
import tributary.driver.round.Watched;

/**
 * A run on disk, and which of its checkpoints is meant.
 *
 * @param folder of the run
 * @param checkpointName such as {@code step-0000000120}; empty for the newest whole one
 */
public record SavedRun(RunFolder folder, String checkpointName) {
  /**
   * Understands {@code RUN} and {@code RUN/checkpoints/step-N}.
   *
   * @throws tributary.driver.checkpoint.CheckpointException if there is no run
   */
  public static SavedRun open(String path, Configuration hadoop) throws IOException {
    Path given = new Path(path);
    Path parent = given.getParent();
    if (parent != null && parent.getName().equals(RunFolder.CHECKPOINTS)) {
      return new SavedRun(RunFolder.open(parent.getParent().toString(), hadoop), given.getName());
    }
    return new SavedRun(RunFolder.open(path, hadoop), "");
  }

  /**
   * Reads the checkpoint.
   *
   * @throws tributary.driver.checkpoint.CheckpointException if none is whole, or the named one
   *     isn't
   */
  public Checkpoint checkpoint() throws IOException {
    return checkpointName.isEmpty()
        ? folder.checkpoints().latest()
        : folder.checkpoints().read(checkpointName);
  }

  /**
   * Reads the checkpoint of the best evaluation before the one that is meant.
   *
   * @throws CheckpointException if the run does not watch its evaluations, or it isn't whole
   */
  public Checkpoint best() throws IOException {
    Watched watched = checkpoint().watched();
    if (!watched.hasBest()) {
      throw new CheckpointException(
          "No best checkpoint in "
              + folder.display()
              + ": its evaluations are not watched; train with training.patience or"
              + " optimizer.plateau-factor");
    }
    return folder.checkpoints().read(CheckpointStore.name(watched.bestStep()));
  }
}
