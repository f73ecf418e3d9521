package tributary.worker.model;

/** A model that can't be built from what the user gave: fix the model, nothing else helps. */
public final class ModelException extends IllegalArgumentException {
  /**
   * A refusal with its reason.
   *
   * @param message the thing, the place, and the remedy
   */
  public ModelException(String message) {
    super(message);
  }

  /**
   * A refusal that a library's own complaint led to.
   *
   * @param message the thing, the place, and the remedy
   * @param cause the library's complaint
   */
  public ModelException(String message, Throwable cause) {
    super(message, cause);
  }
}
