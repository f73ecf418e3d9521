package tributary.worker.model;

import java.util.Objects;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.config.Nesterovs;
import org.nd4j.linalg.learning.config.Sgd;
import tributary.datasets.Checks;

/**
 * The optimizer of a zoo model.
 *
 * @param type the update rule
 * @param learningRate step size, &gt; 0, that the schedule starts from
 * @param momentum used by {@link Type#NESTEROVS} alone, in [0, 1)
 * @param weightDecay L2 penalty on weights (not biases), &gt;= 0
 * @param schedule how the learning rate changes
 */
public record OptimizerSettings(
    Type type, double learningRate, double momentum, double weightDecay, RateSchedule schedule) {
  /** The update rules on offer. */
  public enum Type {
    /** Plain stochastic gradient descent. */
    SGD,
    /** Nesterov's momentum. */
    NESTEROVS,
    /** Kingma and Ba, "Adam: A Method for Stochastic Optimization", arXiv:1412.6980. */
    ADAM
  }

  /** Checks the ranges. */
  public OptimizerSettings {
    Checks.argument(learningRate > 0, "learningRate must be > 0, got %s", learningRate);
    Checks.argument(momentum >= 0 && momentum < 1, "momentum must be in [0, 1), got %s", momentum);
    Checks.argument(weightDecay >= 0, "weightDecay must be >= 0, got %s", weightDecay);
    Objects.requireNonNull(schedule, "schedule");
  }

  /** Settings with one learning rate for all steps. */
  public OptimizerSettings(Type type, double learningRate, double momentum, double weightDecay) {
    this(type, learningRate, momentum, weightDecay, RateSchedule.CONSTANT);
  }

  IUpdater updater() {
    IUpdater updater =
        switch (type) {
          case SGD -> new Sgd(learningRate);
          case NESTEROVS -> new Nesterovs(learningRate, momentum);
          case ADAM -> new Adam(learningRate);
        };
    if (!schedule.isConstant()) {
      updater.setLrAndSchedule(learningRate, schedule.from(learningRate));
    }
    return updater;
  }
}
