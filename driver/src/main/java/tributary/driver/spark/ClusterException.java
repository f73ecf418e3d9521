package tributary.driver.spark;

/** Spark could not be started, or gave up: not the user's data, not the settings. */
public final class ClusterException extends RuntimeException {
  /**
   * A failure of the cluster.
   *
   * @param message names the master, and what Spark said in one line
   * @param cause what Spark said
   */
  public ClusterException(String message, Throwable cause) {
    super(message, cause);
  }
}
