package tributary.worker.engine.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Map;
import java.util.stream.Stream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.deeplearning4j.nn.conf.distribution.BinomialDistribution;
import org.deeplearning4j.nn.conf.distribution.ConstantDistribution;
import org.deeplearning4j.nn.conf.distribution.Distribution;
import org.deeplearning4j.nn.conf.distribution.GaussianDistribution;
import org.deeplearning4j.nn.conf.distribution.LogNormalDistribution;
import org.deeplearning4j.nn.conf.distribution.NormalDistribution;
import org.deeplearning4j.nn.conf.distribution.OrthogonalDistribution;
import org.deeplearning4j.nn.conf.distribution.TruncatedNormalDistribution;
import org.deeplearning4j.nn.conf.distribution.UniformDistribution;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.EmbeddingLayer;
import org.deeplearning4j.nn.conf.layers.PReLULayer;
import org.deeplearning4j.nn.conf.layers.misc.ElementWiseMultiplicationLayer;
import org.deeplearning4j.nn.conf.weightnoise.DropConnect;
import org.deeplearning4j.nn.conf.weightnoise.IWeightNoise;
import org.deeplearning4j.nn.conf.weightnoise.WeightNoise;
import org.deeplearning4j.nn.weights.WeightInit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.dataset.MultiDataSet;
import org.nd4j.linalg.learning.config.Sgd;
import org.nd4j.linalg.schedule.MapSchedule;
import org.nd4j.linalg.schedule.ScheduleType;
import tributary.worker.engine.StepKey;
import tributary.worker.model.ModelException;

@SuppressWarnings("try") // scopes are held, not used
class ParameterNoiseTest {
  private static final int SIZE = 400;
  private static final StepKey FIRST = new StepKey(0, 0, 1);

  @ParameterizedTest
  @MethodSource("silent")
  void changesNothingWhereThereIsNoNoise(IWeightNoise noise) {
    Parity.assertAgree(
        Stacks.of(
            new Sgd(0.1),
            InputType.convolutional(5, 4, 3),
            new ConvolutionLayer.Builder(2, 2).nOut(4).weightNoise(noise).build(),
            new DenseLayer.Builder().nOut(5).weightNoise(noise.clone()).build()),
        Data.classified(4, 3, 5, 4));
  }

  static Stream<IWeightNoise> silent() {
    return Stream.of(
        new DropConnect(1),
        new DropConnect(1, true),
        new DropConnect(new MapSchedule(ScheduleType.ITERATION, Map.of(0, 1.0))),
        new WeightNoise(new NormalDistribution(0, 1e-12)),
        new WeightNoise(new ConstantDistribution(0), true, true),
        new WeightNoise(new ConstantDistribution(1), true, false));
  }

  @Test
  void dropsConnectionsAndScalesNothingUp() {
    try (Single layer = layer(new DropConnect(0.7));
        PointerScope scope = new PointerScope()) {
      Tensor weights = weights(layer, FIRST);
      assertThat(mean(weights)).isCloseTo(0.7, within(0.005));
      assertThat(weights.max().item_float()).isEqualTo(1);
      assertThat(mean(weights.eq(new Scalar(0)))).isCloseTo(0.3, within(0.005));
    }
  }

  @Test
  void followsSchedules() {
    MapSchedule schedule = new MapSchedule(ScheduleType.ITERATION, Map.of(0, 0.9, 3, 0.4));
    try (Single layer = layer(new DropConnect(schedule));
        PointerScope scope = new PointerScope()) {
      assertThat(mean(weights(layer, new StepKey(2, 0, 1)))).isCloseTo(0.9, within(0.005));
      assertThat(mean(weights(layer, new StepKey(3, 0, 1)))).isCloseTo(0.4, within(0.005));
    }
  }

  @ParameterizedTest
  @MethodSource("distributions")
  void drawsFromAnyDistribution(
      Distribution distribution, double mean, double deviation, double least, double most) {
    try (Single added = layer(new WeightNoise(distribution, /* additive= */ true));
        Single factors = layer(new WeightNoise(distribution, /* additive= */ false));
        PointerScope scope = new PointerScope()) {
      Tensor products = weights(factors, FIRST);
      assertThat(mean(products)).isCloseTo(mean, within(0.02));
      assertThat(deviation(products)).isCloseTo(deviation, within(0.02));
      assertThat((double) products.min().item_float()).isBetween(least, most);
      assertThat((double) products.max().item_float()).isBetween(least, most);
      Tensor sums = weights(added, FIRST);
      assertThat(sums.sub(new Scalar(1)).allclose(products, 1e-4, 1e-5, false)).isTrue();
    }
  }

  @SuppressWarnings("deprecation") // models may still have such distributions
  static Stream<Arguments> distributions() {
    double all = Double.POSITIVE_INFINITY;
    return Stream.of(
        Arguments.of(new ConstantDistribution(0.4), 0.4, 0, 0.39, 0.41),
        Arguments.of(new NormalDistribution(0.5, 0.3), 0.5, 0.3, -all, all),
        Arguments.of(new GaussianDistribution(0.5, 0.3), 0.5, 0.3, -all, all),
        Arguments.of(new UniformDistribution(-1, 2), 0.5, 3 / Math.sqrt(12), -1, 2),
        Arguments.of(
            new LogNormalDistribution(0.1, 0.3),
            Math.exp(0.1 + 0.045),
            Math.exp(0.1 + 0.045) * Math.sqrt(Math.exp(0.09) - 1),
            0,
            all),
        Arguments.of(new BinomialDistribution(5, 0.3), 1.5, Math.sqrt(5 * 0.3 * 0.7), 0, 5),
        Arguments.of(
            new TruncatedNormalDistribution(0.5, 0.3), 0.5, 0.3 * 0.87963, -0.1001, 1.1001),
        Arguments.of(new OrthogonalDistribution(3), 0, 3 / Math.sqrt(SIZE), -3, 3));
  }

  @Test
  void drawsOrthogonalColumnsOrRows() {
    try (Single layer = layer(new WeightNoise(new OrthogonalDistribution(3), false));
        PointerScope scope = new PointerScope()) {
      Tensor weights = weights(layer, FIRST);
      Tensor products = weights.mm(weights.t());
      assertThat(products.allclose(torch.eye(SIZE).mul(new Scalar(9)), 1e-4, 1e-4, false)).isTrue();
    }
  }

  @Test
  void leavesBiasesAloneUnlessTold() {
    WeightNoise weightsOnly = new WeightNoise(new ConstantDistribution(3));
    WeightNoise biasesToo = new WeightNoise(new ConstantDistribution(3), true, true);
    assertThat(bias(weightsOnly)).isEqualTo(2);
    assertThat(bias(biasesToo)).isEqualTo(5);
    assertThat(bias(new DropConnect(1e-9, true))).isZero();
  }

  @ParameterizedTest
  @MethodSource("loud")
  void drawsTheSameForTheSameKeyAndNothingInEvaluation(IWeightNoise noise) {
    try (Single layer = layer(noise);
        PointerScope scope = new PointerScope()) {
      Tensor once = weights(layer, FIRST);
      assertThat(torch.equal(once, weights(layer, FIRST))).isTrue();
      assertThat(torch.equal(once, weights(layer, new StepKey(0, 0, 2)))).isFalse();
      Tensor evaluated = layer.evaluate(Masked.all(torch.eye(SIZE))); // DL4J's biases are noisy
      assertThat(evaluated.eq(new Scalar(3)).all().item_bool()).isTrue();
    }
  }

  @ParameterizedTest
  @MethodSource("loud")
  void sendsGradientsThroughTheNoiseOfTheForwardPass(IWeightNoise noise) {
    ScoreSlopes.assertFollowedInNoise(
        Stacks.of(
            new Sgd(0.1),
            InputType.convolutional(3, 2, 2),
            new ConvolutionLayer.Builder(1, 1).nOut(4).weightNoise(noise).build(),
            new DenseLayer.Builder().nOut(5).weightNoise(noise.clone()).build()),
        Data.classified(4, 2, 3, 2).apply(0));
  }

  static Stream<IWeightNoise> loud() {
    return Stream.of(
        new DropConnect(0.5, true),
        new WeightNoise(new NormalDistribution(0, 0.3), true, true),
        new WeightNoise(new UniformDistribution(0.5, 1.5), true, false));
  }

  @Test
  void sparesTheLayersThatDl4jSpares() {
    DropConnect noise = new DropConnect(0.5, /* applyToBiases= */ false);
    Parity.assertAgree(
        Stacks.ending(
            new Sgd(0.1),
            null,
            new EmbeddingLayer.Builder().nIn(7).nOut(5).weightNoise(noise).build(),
            new PReLULayer.Builder().inputShape(5).weightNoise(noise).build(),
            new ElementWiseMultiplicationLayer.Builder().nIn(5).nOut(5).weightNoise(noise).build(),
            Stacks.output(5)),
        step -> {
          int size = 4 + (step & 3);
          return new MultiDataSet(Words.indices(step, 7, size, 1), Data.oneHot(step, size, 4));
        });
  }

  @Test
  void refusesDistributionsItDoesNotKnow() {
    IWeightNoise noise = new WeightNoise(new Unheard());
    DenseLayer layer = new DenseLayer.Builder().nIn(1).nOut(1).weightNoise(noise).build();
    Site site = new Site("Layer 0", "0_", layer, false, null);
    assertThatThrownBy(() -> ParameterNoise.over(null, "W", site))
        .isInstanceOf(ModelException.class)
        .hasMessage("Layer 0: engine torch has no distribution Unheard; set engine.type: nd4j");
  }

  private static final class Unheard extends Distribution {}

  /** A layer whose weights are ones and whose biases are twos. */
  private static Single layer(IWeightNoise noise) {
    return new Single(
        Stacks.of(
            new Sgd(0.1),
            InputType.feedForward(SIZE),
            new DenseLayer.Builder()
                .nOut(SIZE)
                .activation(Activation.IDENTITY)
                .weightInit(WeightInit.ONES)
                .biasInit(2)
                .weightNoise(noise)
                .build()));
  }

  /** The weights of a training pass, which are what comes out for the unit vectors. */
  private static Tensor weights(Single layer, StepKey key) {
    Tensor bias = layer.train(torch.zeros(SIZE, SIZE), key);
    return layer.train(torch.eye(SIZE), key).sub(bias);
  }

  private static float bias(IWeightNoise noise) {
    try (Single layer = layer(noise);
        PointerScope scope = new PointerScope()) {
      return layer.train(torch.zeros(1, SIZE), FIRST).max().item_float();
    }
  }

  private static double mean(Tensor values) {
    return values.to(ScalarType.Double).mean().item_double();
  }

  private static double deviation(Tensor values) {
    return values.to(ScalarType.Double).std(true).item_double();
  }
}
