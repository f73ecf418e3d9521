package tributary.driver.round;

import java.util.Objects;
import tributary.datasets.Checks;
import tributary.driver.exchange.Residual;
import tributary.worker.model.ModelState;

/**
 * What a run carries from one round to the next. Driver only.
 *
 * @param model where every replica starts the next round: parameters and optimizer state
 * @param outerMomentum the outer step's slow momentum, in units of parameters and as long as they
 *     are; empty, which means zeros, before the first round and for a step without momentum
 * @param residual what the exchange has rounded off and adds to the next average
 * @param smoothed exponential moving average of the parameters; empty where none is kept, and
 *     before the first round
 * @param droppedRounds how many rounds in a row, the last among them, were dropped, &gt;= 0
 */
@SuppressWarnings("ArrayRecordComponent") // bulk data; never compared
public record RunState(
    ModelState model,
    float[] outerMomentum,
    Residual residual,
    float[] smoothed,
    int droppedRounds) {
  /** Refuses missing parts, and a count below zero. */
  public RunState {
    Objects.requireNonNull(model, "model");
    Objects.requireNonNull(outerMomentum, "outerMomentum");
    Objects.requireNonNull(residual, "residual");
    Objects.requireNonNull(smoothed, "smoothed");
    Checks.argument(droppedRounds >= 0, "droppedRounds must be >= 0, got %d", droppedRounds);
  }

  /** A state of nothing else: every run begins with one. */
  public static RunState of(ModelState model) {
    return new RunState(model, new float[0], Residual.NONE, new float[0], /* droppedRounds= */ 0);
  }

  /** The same with outer momentum. */
  public RunState withOuterMomentum(float[] momentum) {
    return new RunState(model, momentum, residual, smoothed, droppedRounds);
  }

  /** The same with a residual. */
  public RunState withResidual(Residual rest) {
    return new RunState(model, outerMomentum, rest, smoothed, droppedRounds);
  }

  /** The same with an average of the parameters. */
  public RunState withSmoothed(float[] average) {
    return new RunState(model, outerMomentum, residual, average, droppedRounds);
  }

  /**
   * What is measured and handed out: the state with the moving average for its parameters, where
   * one is kept.
   */
  public ModelState measured() {
    return smoothed.length == 0 ? model : new ModelState(smoothed, model.optimizer());
  }

  /** The same state after another round that was dropped. */
  public RunState afterDroppedRound() {
    return new RunState(model, outerMomentum, residual, smoothed, droppedRounds + 1);
  }
}
