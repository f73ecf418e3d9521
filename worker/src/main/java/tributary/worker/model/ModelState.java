package tributary.worker.model;

import java.io.Serializable;
import java.util.Objects;
import tributary.datasets.Checks;

/**
 * Everything that training changes: what a replica starts a round from and ends it with.
 *
 * @param parameters all parameters in DL4J's flat layout, batch-normalisation statistics included
 * @param optimizer the updaters' state in DL4J's flat layout (moments and the like); empty when the
 *     updaters keep none
 */
@SuppressWarnings("ArrayRecordComponent") // bulk data; never compared, copied only where it crosses
public record ModelState(float[] parameters, float[] optimizer) implements Serializable {
  /** Refuses missing arrays. */
  public ModelState {
    Objects.requireNonNull(parameters, "parameters");
    Objects.requireNonNull(optimizer, "optimizer");
  }

  /** The number of floats in both arrays together. */
  public long size() {
    return (long) parameters.length + optimizer.length;
  }

  /** A state of the same sizes with the optimizer's part as it is before the first step. */
  public ModelState withFreshOptimizer() {
    return new ModelState(parameters, new float[optimizer.length]);
  }

  /**
   * Refuses a state whose sizes are not those of {@code other}.
   *
   * @throws IllegalArgumentException naming both sizes
   */
  public void requireSameSizes(ModelState other) {
    Checks.argument(
        parameters.length == other.parameters.length && optimizer.length == other.optimizer.length,
        "state of %d parameters and %d optimizer values does not fit one of %d and %d",
        parameters.length,
        optimizer.length,
        other.parameters.length,
        other.optimizer.length);
  }
}
