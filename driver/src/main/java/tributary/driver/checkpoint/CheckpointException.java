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
   * A failure that another one led to.
   *
   * @param message names the file
   * @param cause the complaint of the file system or of DL4J
   */
  public CheckpointException(String message, Exception cause) {
    super(message, cause);
  }
}
