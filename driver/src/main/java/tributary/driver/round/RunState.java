package tributary.driver.round;

import java.util.Objects;
import tributary.worker.model.ModelState;

/**
 * What a run carries from one round to the next. Driver only.
 *
 * @param model where every replica starts the next round: parameters and optimizer state
 * @param outerMomentum the outer step's slow momentum, in units of parameters and as long as they
 *     are; empty, which means zeros, before the first round and for a step without momentum
 */
@SuppressWarnings("ArrayRecordComponent") // bulk data; never compared
public record RunState(ModelState model, float[] outerMomentum) {
  private static final float[] NONE = new float[0];

  /** Refuses missing parts. */
  public RunState {
    Objects.requireNonNull(model, "model");
    Objects.requireNonNull(outerMomentum, "outerMomentum");
  }

  /** A state without outer momentum: every run begins with one. */
  public static RunState of(ModelState model) {
    return new RunState(model, NONE);
  }
}
