package tributary.driver.exchange;

import java.io.Serializable;
import tributary.worker.model.ModelState;

/**
 * What a replica does between two means: a function of the replica and where it begins, since it
 * may be run again or twice. Where a clock has a say in how far it goes, too, the weight must tell:
 * two ends of equal weight are equal. Sent.
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
   * Whether another run comes to the same end. If not, no two slices of a mean are made of
   * different runs of a replica, at the price that the driver sends every mean itself.
   */
  default boolean isRepeatable() {
    return true;
  }

  /**
   * Where a replica ended.
   *
   * @param report for the driver
   * @param weight of its state in the mean; 0 leaves it out
   * @param end null if the weight is 0
   */
  record Done<R extends Serializable>(R report, long weight, ModelState end) {}
}
