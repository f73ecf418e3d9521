package tributary.driver.round;

import tributary.worker.train.RoundPlan;

/** All replicas of a run: where a round's work is done. */
public interface Replicas {
  /**
   * Takes every replica through its local steps from {@code start} and averages where they end,
   * each weighted by the examples it really trained. A replica that left the finite numbers has no
   * part in the average, and says so in its report.
   *
   * @throws tributary.datasets.DataException if an example is bad, and none may be left out
   */
  RoundOutcome train(RoundPlan plan, RunState start) throws Exception;
}
