package tributary.worker.engine.torch;

import java.util.List;
import java.util.function.UnaryOperator;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.deeplearning4j.nn.conf.layers.recurrent.SimpleRnn;

/**
 * Recurrent layers without gates: Elman, Cognitive Science 14(2), 1990; with layer normalisation,
 * Ba et al., arXiv:1607.06450, of the input's sums and the state's, each by itself. The state is
 * the output.
 */
final class SimpleRnns {
  private SimpleRnns() {}

  static Recurrence of(Site site) {
    SimpleRnn layer = site.as(SimpleRnn.class);
    Parameter inputs = site.parameter("W");
    Parameter recurrent = site.parameter("RW");
    Parameter biases = site.parameter("b");
    Parameter gains = site.parameter("g", layer.hasLayerNorm());
    TorchActivation activation = TorchActivations.of(layer.getActivationFn(), site);
    return pass -> {
      Tensor w = inputs.in(pass).t();
      Tensor rw = recurrent.in(pass).t();
      Tensor b = biases.in(pass);
      Tensor g = gains.in(pass);
      UnaryOperator<Tensor> ofInputs = normalisation(g, 0);
      UnaryOperator<Tensor> ofState = normalisation(g, 1);
      Steps.Cell cell =
          (sums, state) -> {
            Tensor z = sums.add(ofState.apply(state.get(0).mm(rw)));
            return List.of(activation.apply(z, pass.noise()));
          };
      return (steps, mask, start) ->
          Steps.over(
              ofInputs.apply(steps.matmul(w)).add(b),
              mask,
              start == null ? Steps.zeros(1, steps, rw.size(0)) : start,
              cell);
    };
  }

  /**
   * Layer normalisation, if there is any.
   *
   * @param gains {@code 2 * units}, those of the inputs first; null if sums stay as they are
   * @param half which gains to take
   */
  private static UnaryOperator<Tensor> normalisation(Tensor gains, long half) {
    if (gains == null) {
      return x -> x;
    }
    TensorVector halves = gains.flatten().chunk(2, 0);
    return x -> standardised(x).mul(halves.get(half));
  }

  /** Mean 0 and variance 1 along the last dimension; zeros where all values are the same. */
  private static Tensor standardised(Tensor x) {
    Tensor centred = x.sub(mean(x));
    Tensor variance = mean(centred.square());
    Scalar any = new Scalar(1); // and not 0, whose root has no slope
    return centred.mul(torch.where(variance.ne(new Scalar(0)), variance, any).rsqrt());
  }

  private static Tensor mean(Tensor x) {
    return x.mean(new long[] {-1}, /* keepdim= */ true, new ScalarTypeOptional());
  }
}
