package tributary.worker.engine.torch;

import static tributary.worker.engine.torch.TorchOptimizer.scalar;

import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.bytedeco.pytorch.Tensor;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.regularization.L1Regularization;
import org.nd4j.linalg.learning.regularization.L2Regularization;
import org.nd4j.linalg.learning.regularization.Regularization;
import org.nd4j.linalg.learning.regularization.WeightDecay;
import org.nd4j.linalg.schedule.ISchedule;
import tributary.datasets.Checks;
import tributary.worker.engine.StepKey;
import tributary.worker.model.ModelException;

/** DL4J's regularisations; a coefficient may follow a schedule. */
final class TorchRegularization {
  private static final Map<Class<? extends Regularization>, Function<Regularization, Kind>> KINDS =
      Map.of(
          L1Regularization.class, penalty -> new L1(((L1Regularization) penalty).getL1()),
          L2Regularization.class, penalty -> new L2(((L2Regularization) penalty).getL2()),
          WeightDecay.class, penalty -> decay((WeightDecay) penalty));

  private TorchRegularization() {}

  /**
   * The kind of a penalty.
   *
   * @throws ModelException if this engine doesn't know it
   */
  static Kind of(Regularization penalty) {
    Function<Regularization, Kind> kind = KINDS.get(penalty.getClass());
    if (kind == null) {
      throw new ModelException(
          Checks.format(
              "Engine torch has no regularization %s yet; set engine.type: nd4j",
              penalty.getClass().getSimpleName()));
    }
    return kind.apply(penalty);
  }

  /** One penalty: what it adds to the loss, and how the parameters come to feel it. */
  interface Kind {
    /** What it adds to the loss, a scalar. */
    Tensor score(Tensor values, StepKey key);

    /** Adds its gradient to that of the loss, before the updater sees it. */
    default void addGradient(Tensor gradients, Tensor values, StepKey key) {}

    /** The share of the parameters that is subtracted, past the updater. */
    default double decay(double learningRate, StepKey key) {
      return 0;
    }
  }

  /**
   * The penalties of one tensor.
   *
   * @param values the tensor's stretch of the parameters
   * @param gradients the tensor's stretch of the gradients
   * @param updater of the tensor, whose learning rate a decay may take
   * @param kinds at least one
   */
  record Penalty(Tensor values, Tensor gradients, IUpdater updater, List<Kind> kinds) {
    Tensor score(StepKey key) {
      return kinds.stream().map(kind -> kind.score(values, key)).reduce(Tensor::add_).orElseThrow();
    }

    void addGradient(StepKey key) {
      kinds.forEach(kind -> kind.addGradient(gradients, values, key));
    }

    /** Comes before the step, which doesn't depend on the values: the sum is the same. */
    void decay(StepKey key) {
      double learningRate = key.rules().learningRate(updater, key.epoch());
      double share = kinds.stream().mapToDouble(kind -> kind.decay(learningRate, key)).sum();
      if (share != 0) {
        values.mul_(scalar(1 - share));
      }
    }
  }

  private record L1(ISchedule coefficient) implements Kind {
    @Override
    public Tensor score(Tensor values, StepKey key) {
      return values.abs().sum().mul_(scalar(coefficient.valueAt(key.iteration(), key.epoch())));
    }

    @Override
    public void addGradient(Tensor gradients, Tensor values, StepKey key) {
      gradients.add_(values.sign(), scalar(coefficient.valueAt(key.iteration(), key.epoch())));
    }
  }

  private record L2(ISchedule coefficient) implements Kind {
    @Override
    public Tensor score(Tensor values, StepKey key) {
      return halfSquare(values, coefficient.valueAt(key.iteration(), key.epoch()));
    }

    @Override
    public void addGradient(Tensor gradients, Tensor values, StepKey key) {
      gradients.add_(values, scalar(coefficient.valueAt(key.iteration(), key.epoch())));
    }
  }

  /** Loshchilov and Hutter, "Decoupled Weight Decay Regularization", arXiv:1711.05101. */
  private record Decay(ISchedule coefficient, boolean timesLearningRate) implements Kind {
    @Override
    public Tensor score(Tensor values, StepKey key) {
      return halfSquare(values, coefficient.valueAt(key.iteration(), key.epoch()));
    }

    @Override
    public double decay(double learningRate, StepKey key) {
      return coefficient.valueAt(key.iteration(), key.epoch())
          * (timesLearningRate ? learningRate : 1);
    }
  }

  private static Kind decay(WeightDecay penalty) {
    return new Decay(penalty.getCoeff(), penalty.isApplyLR());
  }

  private static Tensor halfSquare(Tensor values, double coefficient) {
    return values.dot(values).mul_(scalar(coefficient / 2));
  }
}
