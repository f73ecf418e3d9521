package tributary.worker.train;

/** Training left the finite numbers; the parameters before the round are still good. */
public final class DivergedException extends RuntimeException {
  /**
   * A divergence.
   *
   * @param message names round, replica, step or layer, and the remedy
   */
  public DivergedException(String message) {
    super(message);
  }
}
