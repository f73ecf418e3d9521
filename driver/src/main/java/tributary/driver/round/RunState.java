package tributary.driver.round;

import java.util.Objects;
import tributary.worker.model.ModelState;

/**
 * What a run carries from one round to the next. Driver only.
 *
 * @param model where every replica starts the next round: parameters and optimizer state
 * @param outerMomentum the outer step's slow momentum, in units of parameters and as long as they
 *     are; empty, which means zeros, before the first round and for a step without momentum
 * @param residual what the exchange has rounded off and adds to the next average, in units of
 *     parameters; empty, which means zeros, before the first round and where nothing is rounded
 */
@SuppressWarnings("ArrayRecordComponent") // bulk data; never compared
public record RunState(ModelState model, float[] outerMomentum, float[] residual) {
  private static final float[] NONE = new float[0];

  /** Refuses missing parts. */
  public RunState {
    Objects.requireNonNull(model, "model");
    Objects.requireNonNull(outerMomentum, "outerMomentum");
    Objects.requireNonNull(residual, "residual");
  }

  /** A state of nothing else: every run begins with one. */
  public static RunState of(ModelState model) {
    return new RunState(model, NONE, NONE);
  }

  /** The same with outer momentum. */
  public RunState withOuterMomentum(float[] momentum) {
    return new RunState(model, momentum, residual);
  }

  /** The same with a residual. */
  public RunState withResidual(float[] rest) {
    return new RunState(model, outerMomentum, rest);
  }
}
