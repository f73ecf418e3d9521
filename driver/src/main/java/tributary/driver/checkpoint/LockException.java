package tributary.driver.checkpoint;

import java.io.IOException;

/** A run folder that another process writes to; nothing of it was touched. */
public final class LockException extends IOException {
  /**
   * A refusal with its remedy.
   *
   * @param message names the folder and who holds it
   */
  public LockException(String message) {
    super(message);
  }
}
