package tributary.datasets;

import java.io.IOException;

/**
 * The user's data is wrong: fix the data, a retry gives the same. Ends the process with exit code
 * 3.
 *
 * <p>Every subclass can be made anew from its message alone, because errors cross process borders
 * as text.
 */
public class DataException extends IOException {
  /**
   * Wraps a complete message.
   *
   * @param message names the thing, the place, what was expected and what was found
   */
  public DataException(String message) {
    super(message);
  }

  /**
   * An error that another led to.
   *
   * @param message what is wrong, where, and what to do about it
   * @param cause the other
   */
  public DataException(String message, Throwable cause) {
    super(message, cause);
  }
}
