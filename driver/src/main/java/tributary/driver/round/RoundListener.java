package tributary.driver.round;

import tributary.worker.train.RoundPlan;

/** Is told of every finished round: metrics, evaluation, checkpoints, progress. Driver only. */
public interface RoundListener {
  /**
   * Called after each round, on the loop's thread; what it throws ends the run.
   *
   * @param plan the round that finished
   * @param outcome what it came to; its {@link RoundOutcome#next} is where the run stands now
   * @param state after it: what the next round starts from
   */
  void roundFinished(RoundPlan plan, RoundOutcome outcome, RunState state) throws Exception;
}
