package tributary.worker.engine;

/**
 * Where the time of a step went.
 *
 * @param forwardNanos from the minibatch to the loss
 * @param backwardNanos from the loss to the gradient
 * @param updateNanos from the gradient to the new parameters
 */
public record StepTimes(long forwardNanos, long backwardNanos, long updateNanos) {
  /** No time at all. */
  public static final StepTimes NONE = new StepTimes(0, 0, 0);

  /** Both together. */
  public StepTimes plus(StepTimes other) {
    return new StepTimes(
        forwardNanos + other.forwardNanos,
        backwardNanos + other.backwardNanos,
        updateNanos + other.updateNanos);
  }

  /** The whole step. */
  public long totalNanos() {
    return forwardNanos + backwardNanos + updateNanos;
  }
}
