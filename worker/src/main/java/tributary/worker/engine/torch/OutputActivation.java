package tributary.worker.engine.torch;

import java.util.function.UnaryOperator;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.nd4j.linalg.activations.IActivation;
import org.nd4j.linalg.activations.impl.ActivationRReLU;
import org.nd4j.linalg.activations.impl.ActivationSigmoid;
import org.nd4j.linalg.activations.impl.ActivationSoftmax;

/**
 * The activation before a loss, with the logarithms that losses take of it: of softmax and sigmoid
 * they come straight from the sums, which no rounding to 0 or 1 can spoil.
 *
 * @param values activations a of sums, rows
 * @param log of a
 * @param logRest log of 1 - a
 * @param stable whether logarithms come from the sums and need no clipping
 */
record OutputActivation(
    UnaryOperator<Tensor> values,
    UnaryOperator<Tensor> log,
    UnaryOperator<Tensor> logRest,
    boolean stable) {
  static OutputActivation of(IActivation activation, Site site) {
    site.require(
        activation.getClass() != ActivationRReLU.class, "loss of activations that are random");
    TorchActivation function = TorchActivations.of(activation, site);
    OutputActivation general = of(sums -> function.apply(sums, null));
    if (activation.getClass() == ActivationSoftmax.class) {
      return new OutputActivation(
          general.values, sums -> sums.log_softmax(1), general.logRest, true);
    }
    if (activation.getClass() == ActivationSigmoid.class) {
      return new OutputActivation(
          general.values, torch::log_sigmoid, sums -> torch.log_sigmoid(sums.neg()), true);
    }
    return general;
  }

  /** With activations kept within bounds before logarithms are taken, where that is needed. */
  OutputActivation clipped(double low, double high) {
    return stable ? this : of(sums -> TorchActivations.clamp(values.apply(sums), low, high));
  }

  private static OutputActivation of(UnaryOperator<Tensor> values) {
    return new OutputActivation(
        values,
        sums -> values.apply(sums).log(),
        sums -> values.apply(sums).neg().add(new Scalar(1)).log(),
        false);
  }
}
