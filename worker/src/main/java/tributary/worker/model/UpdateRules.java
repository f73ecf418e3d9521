package tributary.worker.model;

import java.util.Objects;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.config.Nesterovs;
import tributary.datasets.Checks;

/**
 * What a run has to say about an update beside the network's configuration.
 *
 * @param runStep optimizer steps of the run before this one, from which schedules follow; another
 *     number than an optimizer's own count of steps where its state starts anew in every round
 * @param rateFactor what every learning rate is multiplied by, &gt; 0
 * @param clip what is done to gradients first
 */
public record UpdateRules(long runStep, double rateFactor, GradientClip clip) {
  /** Checks the ranges. */
  public UpdateRules {
    Checks.argument(runStep >= 0, "runStep must be >= 0, got %d", runStep);
    Checks.argument(rateFactor > 0, "rateFactor must be > 0, got %s", rateFactor);
    Objects.requireNonNull(clip, "clip");
  }

  /** The configuration alone. */
  public static UpdateRules at(long runStep) {
    return new UpdateRules(runStep, 1, GradientClip.NONE);
  }

  /** The learning rate of a step; of an updater that has none, 1. */
  public double learningRate(IUpdater updater, int epoch) {
    return updater.hasLearningRate()
        ? updater.getLearningRate(Math.toIntExact(runStep), epoch) * rateFactor
        : 1;
  }

  /** Nesterov's momentum in a step. */
  public double momentum(Nesterovs updater, int epoch) {
    return updater.currentMomentum(Math.toIntExact(runStep), epoch);
  }
}
