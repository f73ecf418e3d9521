package tributary.worker.engine.torch;

import static java.util.Map.entry;

import java.util.Map;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.bytedeco.pytorch.GeneratorOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.nd4j.linalg.activations.IActivation;
import org.nd4j.linalg.activations.impl.ActivationCube;
import org.nd4j.linalg.activations.impl.ActivationELU;
import org.nd4j.linalg.activations.impl.ActivationGELU;
import org.nd4j.linalg.activations.impl.ActivationHardSigmoid;
import org.nd4j.linalg.activations.impl.ActivationHardTanH;
import org.nd4j.linalg.activations.impl.ActivationIdentity;
import org.nd4j.linalg.activations.impl.ActivationLReLU;
import org.nd4j.linalg.activations.impl.ActivationMish;
import org.nd4j.linalg.activations.impl.ActivationRReLU;
import org.nd4j.linalg.activations.impl.ActivationRationalTanh;
import org.nd4j.linalg.activations.impl.ActivationReLU;
import org.nd4j.linalg.activations.impl.ActivationReLU6;
import org.nd4j.linalg.activations.impl.ActivationRectifiedTanh;
import org.nd4j.linalg.activations.impl.ActivationSELU;
import org.nd4j.linalg.activations.impl.ActivationSigmoid;
import org.nd4j.linalg.activations.impl.ActivationSoftPlus;
import org.nd4j.linalg.activations.impl.ActivationSoftSign;
import org.nd4j.linalg.activations.impl.ActivationSoftmax;
import org.nd4j.linalg.activations.impl.ActivationSwish;
import org.nd4j.linalg.activations.impl.ActivationTanH;
import org.nd4j.linalg.activations.impl.ActivationThresholdedReLU;

/**
 * DL4J's activation functions, all but PReLU, whose slopes are parameters of its layer. They work
 * element by element, except softmax, which DL4J takes over the <em>last</em> dimension: features
 * of rows {@code [n, features]}, but the columns of an image {@code [n, channels, height, width]}
 * and the steps of a sequence. Output layers apply it to rows.
 *
 * <p>Where a function has a corner, its derivative there is DL4J's: inputs of exactly zero are
 * common where an image is black and no bias has grown yet.
 */
final class TorchActivations {
  private static final Map<Class<? extends IActivation>, Function<IActivation, TorchActivation>>
      FUNCTIONS =
          Map.ofEntries(
              plain(ActivationCube.class, x -> x.pow(new Scalar(3))),
              row(ActivationELU.class, TorchActivations::elu),
              row(ActivationGELU.class, TorchActivations::gelu),
              plain(
                  ActivationHardSigmoid.class,
                  x -> clamp(x.mul(new Scalar(0.2)).add(new Scalar(0.5)), 0, 1)),
              plain(ActivationHardTanH.class, x -> clamp(x, -1, 1)),
              plain(ActivationIdentity.class, x -> x),
              row(ActivationLReLU.class, leaky -> fixed(x -> leaky(x, leaky.getAlpha()))),
              plain(ActivationMish.class, torch::mish),
              plain(ActivationRationalTanh.class, TorchActivations::rationalTanh),
              row(ActivationReLU.class, TorchActivations::relu),
              plain(ActivationReLU6.class, torch::relu6),
              plain(ActivationRectifiedTanh.class, x -> x.tanh().relu()),
              row(ActivationRReLU.class, TorchActivations::randomLeaky),
              plain(ActivationSELU.class, torch::selu),
              plain(ActivationSigmoid.class, Tensor::sigmoid),
              plain(ActivationSoftPlus.class, torch::softplus),
              plain(ActivationSoftSign.class, x -> x.div(x.abs().add(new Scalar(1)))),
              plain(ActivationSoftmax.class, x -> x.softmax(-1)),
              plain(ActivationSwish.class, torch::silu),
              plain(ActivationTanH.class, Tensor::tanh),
              row(
                  ActivationThresholdedReLU.class,
                  relu ->
                      fixed(x -> torch.threshold(x, new Scalar(relu.getTheta()), new Scalar(0)))));

  private TorchActivations() {}

  /** The function that a layer is configured with, or a refusal. */
  static TorchActivation of(IActivation activation, Site site) {
    Function<IActivation, TorchActivation> row = FUNCTIONS.get(activation.getClass());
    site.require(row != null, "activation " + activation.getClass().getSimpleName());
    return row.apply(activation);
  }

  /** Kept within bounds; the derivative at a bound is 1. */
  static Tensor clamp(Tensor x, double low, double high) {
    return x.clamp(new ScalarOptional(new Scalar(low)), new ScalarOptional(new Scalar(high)));
  }

  /** DL4J's derivative leaves alpha out; this one has it. */
  private static TorchActivation elu(ActivationELU elu) {
    return fixed(x -> torch.elu(x, new Scalar(elu.getAlpha()), new Scalar(1.0), new Scalar(1.0)));
  }

  /**
   * Hendrycks and Gimpel, "Gaussian Error Linear Units", arXiv:1606.08415, section 2: their sigmoid
   * or, "precise", their tanh approximation, in which DL4J cubes the constant 0.044715, too.
   */
  private static TorchActivation gelu(ActivationGELU gelu) {
    return fixed(gelu.isPrecise() ? TorchActivations::tanhGelu : TorchActivations::sigmoidGelu);
  }

  private static Tensor sigmoidGelu(Tensor x) {
    return x.mul(x.mul(new Scalar(1.702)).sigmoid());
  }

  private static Tensor tanhGelu(Tensor x) {
    Tensor inner = x.add(x.mul(new Scalar(0.044715)).pow(new Scalar(3)));
    Tensor tanh = inner.mul(new Scalar(Math.sqrt(2 / Math.PI))).tanh();
    return x.mul(tanh.add(new Scalar(1))).mul(new Scalar(0.5));
  }

  /** Leaky ReLU with derivative 1 at zero, where libtorch's own has the slope. */
  private static Tensor leaky(Tensor x, double slope) {
    return x.where(x.ge(new Scalar(0)), x.mul(new Scalar(slope)));
  }

  /** 1.7159 tanh(2x/3), where tanh y is 1 - 1 / (1 + y + y^2 + 1.41645 y^4) made odd. */
  private static Tensor rationalTanh(Tensor x) {
    Tensor y = x.mul(new Scalar(2.0 / 3));
    Tensor size = y.abs();
    Tensor cubic = size.pow(new Scalar(3)).mul(new Scalar(1.41645));
    Tensor series = cubic.add(size).add(new Scalar(1));
    Tensor tanh = y.mul(series).div(size.mul(series).add(new Scalar(1)));
    return tanh.mul(new Scalar(1.7159));
  }

  /** Identity above a threshold, a line below it, and possibly a ceiling. */
  private static TorchActivation relu(ActivationReLU relu) {
    double threshold = relu.getThreshold() == null ? 0 : relu.getThreshold();
    double slope = relu.getNegativeSlope() == null ? 0 : relu.getNegativeSlope();
    UnaryOperator<Tensor> rectify = rectifier(threshold, slope);
    Double max = relu.getMax();
    return fixed(max == null ? rectify : x -> ceiling(rectify.apply(x), new Scalar(max)));
  }

  private static UnaryOperator<Tensor> rectifier(double threshold, double slope) {
    if (threshold == 0) {
      return slope == 0 ? Tensor::relu : x -> leaky(x, slope);
    }
    return x -> {
      Scalar t = new Scalar(threshold);
      return x.where(x.ge(t), x.sub(t).mul(new Scalar(slope)));
    };
  }

  /** At most the ceiling; the derivative there is 0. */
  private static Tensor ceiling(Tensor x, Scalar ceiling) {
    return x.where(x.lt(ceiling), ceiling);
  }

  /**
   * Xu et al., "Empirical Evaluation of Rectified Activations", arXiv:1505.00853, section 2.4: a
   * slope drawn for each negative element while training, the middle of the range after. DL4J's own
   * takes the larger of the input and that middle after training, and in the backward pass no slope
   * at all.
   */
  private static TorchActivation randomLeaky(ActivationRReLU rrelu) {
    return (x, noise) ->
        torch.rrelu(
            x,
            new Scalar(rrelu.getL()),
            new Scalar(rrelu.getU()),
            noise != null,
            noise == null ? new GeneratorOptional() : new GeneratorOptional(noise));
  }

  private static TorchActivation fixed(UnaryOperator<Tensor> function) {
    return (x, noise) -> function.apply(x);
  }

  private static <A extends IActivation>
      Map.Entry<Class<A>, Function<IActivation, TorchActivation>> plain(
          Class<A> type, UnaryOperator<Tensor> function) {
    return row(type, activation -> fixed(function));
  }

  private static <A extends IActivation>
      Map.Entry<Class<A>, Function<IActivation, TorchActivation>> row(
          Class<A> type, Function<A, TorchActivation> row) {
    return entry(type, activation -> row.apply(type.cast(activation)));
  }
}
