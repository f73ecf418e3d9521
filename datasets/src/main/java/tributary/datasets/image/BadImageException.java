package tributary.datasets.image;

import tributary.datasets.DataException;

/** Some bytes are no picture that Tributary decodes; the caller knows where they came from. */
public final class BadImageException extends DataException {
  /** Wraps the reason. */
  public BadImageException(String message) {
    super(message);
  }
}
