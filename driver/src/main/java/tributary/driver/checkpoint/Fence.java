package tributary.driver.checkpoint;

import java.io.IOException;

/** Whether this process is still the one that may write a run's checkpoints. */
@FunctionalInterface
public interface Fence {
  /**
   * Asked before anything is replaced or removed.
   *
   * @throws LockException if somebody else writes there now
   */
  void requireHeld() throws IOException;
}
