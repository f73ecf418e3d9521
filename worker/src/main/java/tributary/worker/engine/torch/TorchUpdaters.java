package tributary.worker.engine.torch;

import static tributary.worker.engine.torch.TorchOptimizer.scalar;

import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.nd4j.linalg.learning.config.AMSGrad;
import org.nd4j.linalg.learning.config.AdaDelta;
import org.nd4j.linalg.learning.config.AdaGrad;
import org.nd4j.linalg.learning.config.AdaMax;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.config.Nadam;
import org.nd4j.linalg.learning.config.Nesterovs;
import org.nd4j.linalg.learning.config.NoOp;
import org.nd4j.linalg.learning.config.RmsProp;
import org.nd4j.linalg.learning.config.Sgd;
import tributary.datasets.Checks;
import tributary.worker.engine.StepKey;
import tributary.worker.engine.torch.TorchOptimizer.Step;
import tributary.worker.model.ModelException;

/**
 * ND4J's updaters, its placing of epsilon included. Decay rates are rounded to float before they
 * are taken from 1, as ND4J's kernels do it: for 0.9999 that is a difference of 2e-4.
 */
final class TorchUpdaters {
  private static final Map<Class<? extends IUpdater>, Rule> RULES =
      Map.of(
          NoOp.class, TorchUpdaters::noOp,
          Sgd.class, TorchUpdaters::sgd,
          Nesterovs.class, TorchUpdaters::nesterovs,
          Adam.class, TorchUpdaters::adam,
          AdaMax.class, TorchUpdaters::adaMax,
          AMSGrad.class, TorchUpdaters::amsGrad,
          Nadam.class, TorchUpdaters::nadam,
          RmsProp.class, TorchUpdaters::rmsProp,
          AdaGrad.class, TorchUpdaters::adaGrad,
          AdaDelta.class, TorchUpdaters::adaDelta);

  private TorchUpdaters() {}

  /**
   * What an updater works on, all of the same length.
   *
   * @param values the parameters
   * @param gradients of the loss and the penalties; used up by the step
   * @param state the parts of the updater's state, in ND4J's order
   */
  record Vectors(Tensor values, Tensor gradients, List<Tensor> state) {}

  /** Makes the step of one updater. */
  private interface Rule {
    Step of(IUpdater updater, Vectors vectors);
  }

  /**
   * The step of an updater on its vectors.
   *
   * @throws ModelException if this engine doesn't know the updater
   */
  static Step of(IUpdater updater, Vectors vectors) {
    Rule rule = RULES.get(updater.getClass());
    if (rule == null) {
      throw new ModelException(
          Checks.format(
              "Engine torch has no updater %s yet; set engine.type: nd4j",
              updater.getClass().getSimpleName()));
    }
    return rule.of(updater, vectors);
  }

  /** Leaves the gradient as it is, which is then subtracted all the same. */
  private static Step noOp(IUpdater updater, Vectors on) {
    return key -> on.values.sub_(on.gradients);
  }

  private static Step sgd(IUpdater updater, Vectors on) {
    return key -> on.values.sub_(on.gradients, scalar(rate(updater, key)));
  }

  /** Nesterov's momentum; Sutskever et al., ICML 2013, equations 3 and 4, seen from their peek. */
  private static Step nesterovs(IUpdater updater, Vectors on) {
    Nesterovs nesterovs = (Nesterovs) updater;
    Tensor velocity = on.state.get(0);
    return key -> {
      double momentum = key.rules().momentum(nesterovs, key.epoch());
      double learningRate = rate(nesterovs, key);
      velocity.mul_(scalar(momentum)).sub_(on.gradients, scalar(learningRate));
      on.values.add_(velocity, scalar(momentum)).sub_(on.gradients, scalar(learningRate));
    };
  }

  /**
   * Kingma and Ba, "Adam", arXiv:1412.6980, with the corrections folded into the step size (end of
   * section 2), so that epsilon is their epsilon hat.
   */
  private static Step adam(IUpdater updater, Vectors on) {
    Adam adam = (Adam) updater;
    Tensor mean = on.state.get(0);
    Tensor square = on.state.get(1);
    return key -> {
      average(mean, on.gradients, adam.getBeta1());
      averageSquare(square, on.gradients, adam.getBeta2());
      double correction = correction(adam.getBeta1(), adam.getBeta2(), key);
      double stepSize = rate(adam, key) * correction;
      Tensor divisor = root(square, adam.getEpsilon(), on.gradients);
      on.values.addcdiv_(mean, divisor, scalar(-stepSize));
    };
  }

  /**
   * Kingma and Ba, arXiv:1412.6980, algorithm 2. ND4J's epsilon goes unused; 1e-32 keeps the norm
   * of what never had a gradient from zero.
   */
  private static Step adaMax(IUpdater updater, Vectors on) {
    AdaMax adaMax = (AdaMax) updater;
    Tensor mean = on.state.get(0);
    Tensor norm = on.state.get(1);
    return key -> {
      average(mean, on.gradients, adaMax.getBeta1());
      norm.mul_(scalar((float) adaMax.getBeta2()));
      torch.maximum_out(norm, norm, on.gradients.abs_()).add_(scalar(1e-32));
      double stepSize = rate(adaMax, key) / reached(adaMax.getBeta1(), key);
      on.values.addcdiv_(mean, norm, scalar(-stepSize));
    };
  }

  /** Reddi et al., "On the Convergence of Adam and Beyond", arXiv:1904.09237; corrected as Adam. */
  private static Step amsGrad(IUpdater updater, Vectors on) {
    AMSGrad amsGrad = (AMSGrad) updater;
    Tensor mean = on.state.get(0);
    Tensor square = on.state.get(1);
    Tensor largest = on.state.get(2);
    return key -> {
      average(mean, on.gradients, amsGrad.getBeta1());
      averageSquare(square, on.gradients, amsGrad.getBeta2());
      torch.maximum_out(largest, largest, square);
      double correction = correction(amsGrad.getBeta1(), amsGrad.getBeta2(), key);
      double stepSize = rate(amsGrad, key) * correction;
      Tensor divisor = root(largest, amsGrad.getEpsilon(), on.gradients);
      on.values.addcdiv_(mean, divisor, scalar(-stepSize));
    };
  }

  /** Dozat, "Incorporating Nesterov Momentum into Adam", 2016; ND4J corrects the mean alone. */
  private static Step nadam(IUpdater updater, Vectors on) {
    Nadam nadam = (Nadam) updater;
    Tensor mean = on.state.get(0);
    Tensor square = on.state.get(1);
    return key -> {
      average(mean, on.gradients, nadam.getBeta1());
      averageSquare(square, on.gradients, nadam.getBeta2());
      double stepSize = rate(nadam, key) / reached(nadam.getBeta1(), key);
      Tensor ahead = on.gradients.lerp_(mean, scalar((float) nadam.getBeta1()));
      Tensor divisor = square.sqrt().add_(scalar(nadam.getEpsilon()));
      on.values.addcdiv_(ahead, divisor, scalar(-stepSize));
    };
  }

  /** Tieleman and Hinton, "Neural Networks for Machine Learning", lecture 6e, 2012. */
  private static Step rmsProp(IUpdater updater, Vectors on) {
    RmsProp rmsProp = (RmsProp) updater;
    Tensor square = on.state.get(0);
    return key -> {
      averageSquare(square, on.gradients, rmsProp.getRmsDecay());
      Tensor divisor = square.sqrt().add_(scalar(rmsProp.getEpsilon()));
      double learningRate = rate(rmsProp, key);
      on.values.addcdiv_(on.gradients, divisor, scalar(-learningRate));
    };
  }

  /** Duchi et al., "Adaptive Subgradient Methods", JMLR 12, 2011. */
  private static Step adaGrad(IUpdater updater, Vectors on) {
    AdaGrad adaGrad = (AdaGrad) updater;
    Tensor squares = on.state.get(0);
    return key -> {
      squares.addcmul_(on.gradients, on.gradients);
      Tensor divisor = squares.sqrt().add_(scalar(adaGrad.getEpsilon()));
      double learningRate = rate(adaGrad, key);
      on.values.addcdiv_(on.gradients, divisor, scalar(-learningRate));
    };
  }

  /** Zeiler, "ADADELTA", arXiv:1212.5701, algorithm 1. */
  private static Step adaDelta(IUpdater updater, Vectors on) {
    AdaDelta adaDelta = (AdaDelta) updater;
    Tensor square = on.state.get(0);
    Tensor squareStep = on.state.get(1);
    return key -> {
      averageSquare(square, on.gradients, adaDelta.getRho());
      Tensor ratio =
          squareStep
              .add(scalar(adaDelta.getEpsilon()))
              .div_(square.add(scalar(adaDelta.getEpsilon())))
              .sqrt_();
      Tensor step = on.gradients.mul_(ratio);
      on.values.sub_(step);
      averageSquare(squareStep, step, adaDelta.getRho());
    };
  }

  private static double rate(IUpdater updater, StepKey key) {
    return key.rules().learningRate(updater, key.epoch());
  }

  private static void average(Tensor mean, Tensor of, double decay) {
    mean.lerp_(of, scalar(1 - (float) decay));
  }

  private static void averageSquare(Tensor square, Tensor of, double decay) {
    square.mul_(scalar((float) decay)).addcmul_(of, of, scalar(1 - (float) decay));
  }

  /** {@code sqrt(square) + epsilon}, in the storage of a vector that is no longer needed. */
  private static Tensor root(Tensor square, double epsilon, Tensor storage) {
    return torch.sqrt_out(storage, square).add_(scalar(epsilon));
  }

  /** Makes up, as a factor of the step, for averages that began at zero. */
  private static double correction(double beta1, double beta2, StepKey key) {
    return Math.sqrt(reached(beta2, key)) / reached(beta1, key);
  }

  /** How much of its limit an average that began at zero has reached after this step. */
  private static double reached(double decay, StepKey key) {
    return 1 - (float) Math.pow((float) decay, key.iteration() + 1.0);
  }
}
