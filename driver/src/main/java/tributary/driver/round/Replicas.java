package tributary.driver.round;

import tributary.worker.model.ModelState;
import tributary.worker.train.RoundPlan;

/** All replicas of a run: where a round's work is done. */
public interface Replicas {
  /**
   * Takes every replica through its local steps from {@code start} and averages where they end,
   * each weighted by the examples it really trained.
   *
   * @throws tributary.worker.train.DivergedException if a replica left the finite numbers
   * @throws tributary.datasets.DataException if an example is bad
   */
  RoundOutcome train(RoundPlan plan, ModelState start) throws Exception;
}
