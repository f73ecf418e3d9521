package tributary.worker.engine;

import tributary.datasets.Checks;

/**
 * Where a step stands in the run; with the state and the minibatch it determines the outcome.
 *
 * @param step steps that the optimizer's state has seen before this one; schedules and bias
 *     corrections follow from it
 * @param epoch epochs finished before this step
 * @param seed of the step's own randomness, such as dropout
 */
public record StepKey(long step, int epoch, long seed) {
  /** Checks the ranges. */
  public StepKey {
    Checks.argument(step >= 0, "step must be >= 0, got %d", step);
    Checks.argument(epoch >= 0, "epoch must be >= 0, got %d", epoch);
  }
}
