package tributary.worker.engine.torch;

import java.util.ArrayList;
import java.util.List;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.config.Nesterovs;
import org.nd4j.linalg.learning.config.NoOp;
import org.nd4j.linalg.learning.config.Sgd;
import org.nd4j.linalg.learning.regularization.L2Regularization;
import org.nd4j.linalg.learning.regularization.Regularization;
import tributary.datasets.Checks;
import tributary.worker.engine.StepKey;
import tributary.worker.model.ModelException;
import tributary.worker.model.UpdateBlock;
import tributary.worker.model.UpdateBlock.RegularizedTensor;

/**
 * DL4J's updaters on the flat vectors: a step is a few in-place operations per block of parameters
 * that share an updater. The state has DL4J's layout.
 */
@SuppressWarnings("try") // scopes and guards are held, not used
final class TorchOptimizer implements AutoCloseable {
  private final FlatTensors parameters;
  private final Tensor state;
  private final List<Rule> rules = new ArrayList<>();
  private final List<Penalty> penalties = new ArrayList<>();

  TorchOptimizer(FlatTensors parameters, List<UpdateBlock> blocks, long stateSize) {
    this.parameters = parameters;
    try (PointerScope scope = new PointerScope()) {
      this.state = FlatTensors.kept(torch.zeros(stateSize));
    }
    for (UpdateBlock block : blocks) {
      for (RegularizedTensor tensor : block.regularized()) {
        penalties.add(penalty(tensor));
      }
      rules.add(rule(block));
    }
  }

  Tensor state() {
    return state;
  }

  double penalty() {
    double sum = 0;
    for (Penalty penalty : penalties) {
      sum += penalty.score(parameters.values());
    }
    return sum;
  }

  void update(StepKey key) {
    for (Penalty penalty : penalties) {
      penalty.addTo(parameters.gradients(), parameters.values());
    }
    for (Rule rule : rules) {
      rule.apply(Math.toIntExact(key.step()), key.epoch());
    }
    parameters.gradients().zero_();
  }

  @Override
  public void close() {
    state.releaseReference();
  }

  private Rule rule(UpdateBlock block) {
    IUpdater updater = block.updater();
    if (updater instanceof NoOp) {
      // DL4J's "no operation" is on the gradient, which is then subtracted as it is.
      return (iteration, epoch) -> values(block).sub_(gradients(block));
    } else if (updater instanceof Sgd sgd) {
      return (iteration, epoch) ->
          values(block).sub_(gradients(block), scalar(sgd.getLearningRate(iteration, epoch)));
    } else if (updater instanceof Nesterovs nesterovs) {
      return (iteration, epoch) -> nesterovs(block, nesterovs, iteration, epoch);
    } else if (updater instanceof Adam adam) {
      return (iteration, epoch) -> adam(block, adam, iteration, epoch);
    }
    throw new ModelException(
        Checks.format(
            "Engine torch has no updater %s yet; set engine.type: nd4j",
            updater.getClass().getSimpleName()));
  }

  /** DL4J's form of Nesterov's momentum: Sutskever et al., ICML 2013, equations 3 and 4. */
  private void nesterovs(UpdateBlock block, Nesterovs nesterovs, int iteration, int epoch) {
    double momentum = nesterovs.currentMomentum(iteration, epoch);
    Tensor velocity = state(block, 0, 1);
    values(block).sub_(velocity, scalar(momentum));
    velocity
        .mul_(scalar(momentum))
        .sub_(gradients(block), scalar(nesterovs.getLearningRate(iteration, epoch)));
    values(block).add_(velocity, scalar(1 + momentum));
  }

  /** Kingma and Ba, arXiv:1412.6980, with the corrections folded into the step size (section 2). */
  private void adam(UpdateBlock block, Adam adam, int iteration, int epoch) {
    double beta1 = adam.getBeta1();
    double beta2 = adam.getBeta2();
    double stepSize =
        adam.getLearningRate(iteration, epoch)
            * Math.sqrt(1 - Math.pow(beta2, iteration + 1))
            / (1 - Math.pow(beta1, iteration + 1));
    Tensor gradients = gradients(block);
    Tensor mean = state(block, 0, 2);
    Tensor square = state(block, 1, 2);
    mean.mul_(scalar(beta1)).add_(gradients, scalar(1 - beta1));
    square.mul_(scalar(beta2)).addcmul_(gradients, gradients, scalar(1 - beta2));
    Tensor divisor = square.sqrt().add_(scalar(adam.getEpsilon()));
    values(block).addcdiv_(mean, divisor, scalar(-stepSize));
  }

  private Tensor values(UpdateBlock block) {
    return parameters.values().narrow(0, block.from(), block.size());
  }

  private Tensor gradients(UpdateBlock block) {
    return parameters.gradients().narrow(0, block.from(), block.size());
  }

  /** The {@code index}-th of {@code count} equal parts of a block's state. */
  private Tensor state(UpdateBlock block, int index, int count) {
    Checks.argument(
        block.stateSize() == count * block.size(),
        "a block of %d parameters has %d state values, expected %d",
        block.size(),
        block.stateSize(),
        count * block.size());
    return state.narrow(0, block.stateFrom() + index * block.size(), block.size());
  }

  private static Penalty penalty(RegularizedTensor tensor) {
    for (Regularization regularization : tensor.regularization()) {
      if (!(regularization instanceof L2Regularization)) {
        throw new ModelException(
            Checks.format(
                "Parameter %s: engine torch has no %s yet; set engine.type: nd4j",
                tensor.name(), regularization.getClass().getSimpleName()));
      }
    }
    double l2 = 0;
    for (Regularization regularization : tensor.regularization()) {
      l2 += ((L2Regularization) regularization).getL2().valueAt(0, 0);
    }
    return new Penalty(tensor.from(), tensor.size(), l2);
  }

  private static Scalar scalar(double value) {
    return new Scalar(value);
  }

  /** The update of one block. */
  private interface Rule {
    void apply(int iteration, int epoch);
  }

  /** {@code l2 / 2} times the squared norm of a stretch of the parameters. */
  private record Penalty(long from, long size, double l2) {
    double score(Tensor values) {
      return l2 / 2 * values.narrow(0, from, size).square().sum().item_float();
    }

    void addTo(Tensor gradients, Tensor values) {
      gradients.narrow(0, from, size).add_(values.narrow(0, from, size), scalar(l2));
    }
  }
}
