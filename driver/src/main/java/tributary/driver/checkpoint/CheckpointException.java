package tributary.driver.checkpoint;

import java.io.IOException;

/** A checkpoint that can't be written or read; the run's other checkpoints are untouched. */
public final class CheckpointException extends IOException {
  /**
   * A failure with its remedy.
   *
   * @param message names the file, what was expected and what was found
   */
  public CheckpointException(String message) {
    super(message);
  }

  /**
   * A failure that the file system led to.
   *
   * @param message names the file
   * @param cause the file system's complaint
   */
  public CheckpointException(String message, IOException cause) {
    super(message, cause);
  }
}
