package tributary.worker.engine;

import java.util.Objects;
import tributary.datasets.Checks;
import tributary.worker.model.UpdateRules;

/**
 * Where a step stands in the run; with the state and the minibatch it determines the outcome.
 *
 * @param step steps that the optimizer's state has seen before this one; bias corrections follow
 *     from it
 * @param epoch epochs finished before this step
 * @param seed of the step's own randomness, such as dropout
 * @param rules what the run says about the update
 */
public record StepKey(long step, int epoch, long seed, UpdateRules rules) {
  /** Checks the ranges. */
  public StepKey {
    Checks.argument(step >= 0, "step must be >= 0, got %d", step);
    Checks.argument(epoch >= 0, "epoch must be >= 0, got %d", epoch);
    Objects.requireNonNull(rules, "rules");
  }

  /** A step of a run that leaves all else to the network's configuration. */
  public StepKey(long step, int epoch, long seed) {
    this(step, epoch, seed, UpdateRules.at(step));
  }

  /** The optimizer's count of steps, as DL4J has it. */
  public int iteration() {
    return Math.toIntExact(step);
  }
}
