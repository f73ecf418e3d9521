package tributary.worker.train;

/** What becomes of the optimizer's state after a round. */
public enum OptimizerStatePolicy {
  /** It is averaged with the parameters. */
  AVERAGE,
  /** Every round starts with a fresh one, its count of steps (bias corrections) with it. */
  RESET
}
