package tributary.driver.exchange;

import java.io.Serializable;
import tributary.worker.model.ModelState;

/**
 * What a replica does between two means: a pure function, since it may be run again or twice. Sent.
 *
 * @param <R> what it reports to the driver
 */
public interface Work<R extends Serializable> extends Serializable {
  /**
   * Does it. Executor only.
   *
   * @param replica which one, {@code 0..replicas-1}
   * @param start where all begin; must not be changed
   */
  Done<R> run(int replica, ModelState start) throws Exception;

  /**
   * Where a replica ended.
   *
   * @param report for the driver
   * @param weight of its state in the mean; 0 leaves it out
   * @param end null if the weight is 0
   */
  record Done<R extends Serializable>(R report, long weight, ModelState end) {}
}
