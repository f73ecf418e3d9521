package tributary.worker.engine.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static tributary.worker.engine.torch.OracleArrays.array;
import static tributary.worker.engine.torch.OracleArrays.assertClose;
import static tributary.worker.engine.torch.OracleArrays.difference;
import static tributary.worker.engine.torch.OracleArrays.gaussian;
import static tributary.worker.engine.torch.OracleArrays.tensor;
import static tributary.worker.engine.torch.OracleArrays.values;

import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.stream.DoubleStream;
import java.util.stream.Stream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Generator;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.activations.IActivation;
import org.nd4j.linalg.activations.impl.ActivationCube;
import org.nd4j.linalg.activations.impl.ActivationELU;
import org.nd4j.linalg.activations.impl.ActivationGELU;
import org.nd4j.linalg.activations.impl.ActivationHardSigmoid;
import org.nd4j.linalg.activations.impl.ActivationHardTanH;
import org.nd4j.linalg.activations.impl.ActivationIdentity;
import org.nd4j.linalg.activations.impl.ActivationLReLU;
import org.nd4j.linalg.activations.impl.ActivationMish;
import org.nd4j.linalg.activations.impl.ActivationPReLU;
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
import org.nd4j.linalg.api.buffer.DataType;
import tributary.datasets.Seeds;
import tributary.worker.model.ModelException;
import tributary.worker.model.Nd4jRuntime;

/** DL4J is the oracle, but for the differences that have a test of their own. */
class TorchActivationsTest {
  private static final double TOLERANCE = 1e-4;

  @BeforeAll
  static void loadBothLibraries() {
    Nd4jRuntime.load();
    TorchRuntime.load();
  }

  static Stream<IActivation> activations() {
    return Stream.of(
        new ActivationCube(),
        new ActivationELU(),
        new ActivationGELU(),
        new ActivationGELU(true),
        new ActivationHardSigmoid(),
        new ActivationHardTanH(),
        new ActivationIdentity(),
        new ActivationLReLU(),
        new ActivationLReLU(0.3),
        new ActivationMish(),
        new ActivationRationalTanh(),
        new ActivationReLU(),
        new ActivationReLU(1.5, null, null),
        new ActivationReLU(null, 0.5, null),
        new ActivationReLU(null, null, 0.2),
        new ActivationReLU(1.5, 0.5, 0.2),
        new ActivationReLU(1.5, -0.5, 0.2),
        new ActivationReLU6(),
        new ActivationRectifiedTanh(),
        new ActivationSELU(),
        new ActivationSigmoid(),
        new ActivationSoftmax(),
        new ActivationSoftPlus(),
        new ActivationSoftSign(),
        new ActivationSwish(),
        new ActivationTanH(),
        new ActivationThresholdedReLU(),
        new ActivationThresholdedReLU(0.3));
  }

  @ParameterizedTest
  @MethodSource("activations")
  void hasDl4jsValueAndGradientWhateverTheShape(IActivation activation) {
    SplittableRandom random = Seeds.random(3);
    for (int rank = 2; rank <= 5; rank++) {
      long[] shape = random.longs(rank, 2, 5).toArray();
      int count = Math.toIntExact(Arrays.stream(shape).reduce(1, (a, b) -> a * b));
      double[] inputs = DoubleStream.of(gaussian(random, count)).map(x -> 3 * x).toArray();
      assertAgrees(activation, inputs, gaussian(random, count), shape);
    }
  }

  @ParameterizedTest
  @MethodSource("activations")
  void hasDl4jsDerivativeAtCorners(IActivation activation) {
    double[] corners = {-2.5, -1, -0.5, 0, 0.5, 1, 1.5, 2.5, 6};
    double[] ones = DoubleStream.generate(() -> 1).limit(corners.length).toArray();
    assertAgrees(activation, corners, ones, 1, corners.length);
  }

  private static void assertAgrees(
      IActivation activation, double[] inputs, double[] epsilon, long... shape) {
    Result expected = dl4j(activation, DataType.FLOAT, inputs, epsilon, shape);
    Result found = torch(activation, ScalarType.Float, inputs, epsilon, null, shape);
    String what = activation + " of shape " + Arrays.toString(shape);
    assertClose(found.values, expected.values, TOLERANCE, what);
    assertClose(found.gradient, expected.gradient, TOLERANCE, "gradient of " + what);
  }

  @ParameterizedTest
  @MethodSource("activations")
  void hasTheGradientOfItsValue(IActivation activation) {
    SplittableRandom random = Seeds.random(4);
    assertGradientOfValue(activation, gaussian(random, 12), gaussian(random, 12));
  }

  @Test
  void dl4jLeavesAlphaOutOfTheGradientOfElu() {
    ActivationELU elu = new ActivationELU(0.4);
    double[] inputs = {-2, -1, -0.5, 0.5, 1, 2};
    double[] ones = {1, 1, 1, 1, 1, 1};
    Result dl4j = dl4j(elu, DataType.DOUBLE, inputs, ones, 1, 6);
    Result torch = torch(elu, ScalarType.Double, inputs, ones, null, 1, 6);
    assertClose(torch.values, dl4j.values, TOLERANCE, "elu");
    assertThat(difference(dl4j.gradient, torch.gradient)).isGreaterThan(0.3);
    assertGradientOfValue(elu, inputs, ones);
  }

  @Test
  void dl4jOverflowsFarOut() {
    double[] far = {-100, 100};
    double[] ones = {1, 1};
    for (IActivation activation :
        new IActivation[] {
          new ActivationGELU(),
          new ActivationMish(),
          new ActivationSoftPlus(),
          new ActivationSwish()
        }) {
      assertThat(dl4j(activation, DataType.FLOAT, far, ones, 1, 2).gradient).contains(Double.NaN);
      Result torch = torch(activation, ScalarType.Float, far, ones, null, 1, 2);
      assertClose(torch.values, new double[] {0, 100}, TOLERANCE, activation.toString());
      assertClose(torch.gradient, new double[] {0, 1}, TOLERANCE, activation.toString());
    }
  }

  @Test
  void drawsSlopesOfRandomReluWhileTraining() {
    ActivationRReLU rrelu = new ActivationRReLU(0.2, 0.6);
    double[] inputs = DoubleStream.of(gaussian(Seeds.random(5), 60)).toArray();
    double[] ones = DoubleStream.generate(() -> 1).limit(60).toArray();
    Result first = torch(rrelu, ScalarType.Float, inputs, ones, 7L, 5, 12);
    Result again = torch(rrelu, ScalarType.Float, inputs, ones, 7L, 5, 12);
    Result other = torch(rrelu, ScalarType.Float, inputs, ones, 8L, 5, 12);
    assertThat(first.values).isEqualTo(again.values).isNotEqualTo(other.values);
    for (int i = 0; i < 60; i++) {
      double slope = first.values[i] / inputs[i];
      assertThat(slope).isBetween(inputs[i] < 0 ? 0.199 : 0.999, inputs[i] < 0 ? 0.601 : 1.001);
      assertThat(first.gradient[i]).isCloseTo(slope, within(1e-5));
    }
  }

  @Test
  void dl4jForgetsTheSlopeOfRandomRelu() {
    ActivationRReLU rrelu = new ActivationRReLU(0.2, 0.6);
    double[] inputs = {-2, -1, 1, 2};
    double[] ones = {1, 1, 1, 1};
    Result torch = torch(rrelu, ScalarType.Float, inputs, ones, null, 1, 4);
    assertClose(torch.values, new double[] {-0.8, -0.4, 1, 2}, TOLERANCE, "middle slope");
    assertClose(torch.gradient, new double[] {0.4, 0.4, 1, 1}, TOLERANCE, "middle slope");
    assertThat(values(rrelu.getActivation(array(inputs, DataType.DOUBLE, 1, 4), false)))
        .containsExactly(0.4, 0.4, 1, 2);
    assertThat(dl4j(rrelu, DataType.FLOAT, inputs, ones, 1, 4).gradient).isEqualTo(ones);
  }

  @Test
  void refusesWhatItDoesNotKnow() {
    IActivation prelu = new ActivationPReLU(null, null);
    assertThatThrownBy(() -> TorchActivations.of(prelu, site()))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("activation ActivationPReLU");
    assertThatThrownBy(() -> TorchActivations.of(new ActivationReLU() {}, site()))
        .isInstanceOf(ModelException.class);
  }

  private static void assertGradientOfValue(
      IActivation activation, double[] inputs, double[] epsilon) {
    Result analytic = torch(activation, ScalarType.Double, inputs, epsilon, null, 1, inputs.length);
    assertClose(
        analytic.gradient,
        FiniteDifferences.of(
            shifted ->
                dot(
                    torch(activation, ScalarType.Double, shifted, epsilon, null, 1, inputs.length),
                    epsilon),
            inputs),
        1e-5,
        "gradient of " + activation);
  }

  private static double dot(Result result, double[] epsilon) {
    double sum = 0;
    for (int i = 0; i < epsilon.length; i++) {
      sum += result.values[i] * epsilon[i];
    }
    return sum;
  }

  private static Result dl4j(
      IActivation activation, DataType type, double[] inputs, double[] epsilon, long... shape) {
    double[] values = values(activation.getActivation(array(inputs, type, shape), true));
    double[] gradient =
        values(
            activation
                .backprop(array(inputs, type, shape), array(epsilon, type, shape))
                .getFirst());
    return new Result(values, gradient);
  }

  @SuppressWarnings("try") // frees what the pass made
  private static Result torch(
      IActivation activation,
      ScalarType type,
      double[] inputs,
      double[] epsilon,
      Long seed,
      long... shape) {
    try (PointerScope scope = new PointerScope()) {
      Generator noise = seed == null ? null : torch.createCPUGenerator(seed);
      Tensor input = tensor(inputs, type, shape).requires_grad_(true);
      Tensor output = TorchActivations.of(activation, site()).apply(input, noise);
      output.mul(tensor(epsilon, type, shape)).sum().backward();
      return new Result(values(output), values(input.grad()));
    }
  }

  private static Site site() {
    return new Site("Layer 0 (DenseLayer)", "0_", new DenseLayer.Builder().build(), false, null);
  }

  @SuppressWarnings("ArrayRecordComponent") // compared by hand
  private record Result(double[] values, double[] gradient) {}
}
