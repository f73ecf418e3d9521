package tributary.driver.round;

import tributary.worker.model.ModelConfiguration;
import tributary.worker.model.ModelState;
import tributary.worker.model.Network;
import tributary.worker.train.OuterStepType;

/**
 * How a round's average becomes the state that the next round starts from. A pure function, element
 * by element, computed in double and kept in float. It moves parameters alone: the optimizer's
 * state and the statistics of layers are the average itself. Driver only.
 */
public sealed interface OuterStep permits OuterStep.Average, OuterMomentum, SmoothedStep {
  /** The average itself: local SGD as it is. */
  OuterStep AVERAGE = new Average();

  /**
   * The state after a round.
   *
   * @param round the round's number, for messages
   * @param start the state before it
   * @param average the mean of the replicas' states after it
   * @throws tributary.worker.train.DivergedException if a parameter would not be finite
   */
  RunState next(int round, RunState start, ModelState average);

  /**
   * The step for a model.
   *
   * @param learningRate of the steps with momentum, &gt; 0
   * @param momentum of the steps with momentum, in {@code [0, 1)}
   */
  static OuterStep of(
      OuterStepType type, double learningRate, double momentum, ModelConfiguration model) {
    return switch (type) {
      case AVERAGE -> AVERAGE;
      case SLOWMO -> momentum(OuterMomentum.Kind.SLOWMO, learningRate, momentum, model);
      case NESTEROV -> momentum(OuterMomentum.Kind.NESTEROV, learningRate, momentum, model);
    };
  }

  /**
   * A step that also keeps the moving average of the parameters it leads to.
   *
   * @param decay share of the average that stays, in {@code [0, 1)}; 0 keeps none
   */
  static OuterStep smoothed(OuterStep step, double decay) {
    return decay == 0 ? step : new SmoothedStep(step, decay);
  }

  private static OuterStep momentum(
      OuterMomentum.Kind kind, double learningRate, double momentum, ModelConfiguration model) {
    try (Network network = Network.build(model)) {
      return new OuterMomentum(
          kind, learningRate, momentum, network.layout(), network.updatePlan().statistics());
    }
  }

  /** No step beyond the average. */
  record Average() implements OuterStep {
    @Override
    public RunState next(int round, RunState start, ModelState average) {
      return RunState.of(average);
    }
  }
}
