package tributary.worker.engine.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static tributary.worker.engine.torch.LossSetting.mixture;
import static tributary.worker.engine.torch.LossSetting.ofRows;
import static tributary.worker.engine.torch.LossSetting.plain;
import static tributary.worker.engine.torch.LossSetting.weighable;
import static tributary.worker.engine.torch.OracleArrays.assertClose;

import java.util.SplittableRandom;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.lossfunctions.ILossFunction;
import org.nd4j.linalg.lossfunctions.impl.LossBinaryXENT;
import org.nd4j.linalg.lossfunctions.impl.LossCosineProximity;
import org.nd4j.linalg.lossfunctions.impl.LossFMeasure;
import org.nd4j.linalg.lossfunctions.impl.LossHinge;
import org.nd4j.linalg.lossfunctions.impl.LossKLD;
import org.nd4j.linalg.lossfunctions.impl.LossL1;
import org.nd4j.linalg.lossfunctions.impl.LossL2;
import org.nd4j.linalg.lossfunctions.impl.LossMAE;
import org.nd4j.linalg.lossfunctions.impl.LossMAPE;
import org.nd4j.linalg.lossfunctions.impl.LossMCXENT;
import org.nd4j.linalg.lossfunctions.impl.LossMSE;
import org.nd4j.linalg.lossfunctions.impl.LossMSLE;
import org.nd4j.linalg.lossfunctions.impl.LossMultiLabel;
import org.nd4j.linalg.lossfunctions.impl.LossNegativeLogLikelihood;
import org.nd4j.linalg.lossfunctions.impl.LossPoisson;
import org.nd4j.linalg.lossfunctions.impl.LossSparseMCXENT;
import org.nd4j.linalg.lossfunctions.impl.LossSquaredHinge;
import org.nd4j.linalg.lossfunctions.impl.LossWasserstein;
import tributary.datasets.Seeds;
import tributary.worker.engine.torch.LossExample.Labels;
import tributary.worker.engine.torch.LossExample.Mask;
import tributary.worker.engine.torch.LossExample.Result;
import tributary.worker.model.ModelException;
import tributary.worker.model.Nd4jRuntime;

/** DL4J is the oracle wherever its gradient is that of its own score. */
class TorchLossesTest {
  private static final double TOLERANCE = 1e-4;

  @BeforeAll
  static void loadBothLibraries() {
    Nd4jRuntime.load();
    TorchRuntime.load();
  }

  static Stream<LossSetting> settings() {
    return Stream.of(
            weighable(LossL1::new, Labels.REAL, "IDENTITY", "TANH", "SOFTMAX"),
            weighable(LossL2::new, Labels.REAL, "IDENTITY", "TANH", "SOFTMAX"),
            weighable(LossMAE::new, Labels.REAL, "IDENTITY", "SIGMOID", "SOFTMAX"),
            weighable(LossMSE::new, Labels.REAL, "IDENTITY", "SIGMOID", "SOFTMAX", "RELU"),
            weighable(LossMAPE::new, Labels.AWAY_FROM_ZERO, "IDENTITY", "TANH", "SOFTMAX"),
            weighable(LossMSLE::new, Labels.POSITIVE, "SIGMOID", "SOFTPLUS", "RELU", "SOFTMAX"),
            weighable(LossBinaryXENT::new, Labels.BINARY, "SIGMOID", "HARDSIGMOID"),
            weighable(LossBinaryXENT::new, Labels.PROBABILITIES, "SIGMOID", "HARDSIGMOID"),
            weighable(w -> new LossBinaryXENT(0, w), Labels.BINARY, "SIGMOID"),
            weighable(LossMCXENT::new, Labels.ONE_HOT, "SOFTMAX", "SIGMOID", "SOFTPLUS"),
            weighable(LossMCXENT::new, Labels.DISTRIBUTION, "SOFTMAX", "SIGMOID", "SOFTPLUS"),
            weighable(LossNegativeLogLikelihood::new, Labels.ONE_HOT, "SOFTMAX", "SIGMOID"),
            weighable(LossSparseMCXENT::new, Labels.INDEX, "SOFTMAX", "SIGMOID"),
            plain(new LossKLD(), Labels.DISTRIBUTION, "SOFTMAX", "SIGMOID", "HARDSIGMOID"),
            plain(new LossKLD(), Labels.ONE_HOT, "SOFTMAX"),
            plain(new LossPoisson(), Labels.COUNTS, "SOFTPLUS", "SIGMOID", "SOFTMAX"),
            plain(new LossHinge(), Labels.SIGNS, "IDENTITY", "TANH", "SOFTMAX"),
            plain(new LossSquaredHinge(), Labels.SIGNS, "IDENTITY", "TANH", "SOFTMAX"),
            plain(new LossWasserstein(), Labels.SIGNS, "IDENTITY", "TANH", "SOFTMAX"),
            ofRows(new LossCosineProximity(), Labels.REAL, "IDENTITY", "TANH", "SOFTMAX"),
            ofRows(new LossMultiLabel(), Labels.BINARY, "IDENTITY", "TANH", "SIGMOID", "SOFTMAX"),
            ofRows(mixture(), Labels.REAL, "IDENTITY", "TANH"),
            ofRows(new LossFMeasure(), Labels.BINARY, "SIGMOID"),
            ofRows(new LossFMeasure(2), Labels.BINARY, "HARDSIGMOID"),
            ofRows(new LossFMeasure(2), Labels.ONE_HOT, "SOFTMAX"))
        .flatMap(Function.identity());
  }

  @ParameterizedTest
  @MethodSource("settings")
  void hasDl4jsValueAndGradient(LossSetting setting) {
    SplittableRandom random = Seeds.random(11);
    for (int trial = 0; trial < 2; trial++) {
      forEachMask(
          setting,
          random,
          (mask, example) -> {
            if (setting.dl4jKnows(mask)) {
              assertAgree(example.torch(ScalarType.Float), example.dl4j(DataType.FLOAT), mask);
            }
          });
    }
  }

  @ParameterizedTest
  @MethodSource("settings")
  void hasTheGradientOfItsValue(LossSetting setting) {
    forEachMask(
        setting,
        Seeds.random(12),
        (mask, example) -> {
          if (setting.ofOutputs() || mask != Mask.OUTPUTS) {
            double[] gradient = example.torch(ScalarType.Double).gradient();
            assertClose(gradient, example.torchDifferences(), 1e-6, "gradient under " + mask);
          }
        });
  }

  private static void forEachMask(
      LossSetting setting, SplittableRandom random, BiConsumer<Mask, LossExample> check) {
    for (Mask mask : Mask.values()) {
      check.accept(mask, setting.example(random, mask, false));
      if (setting.weighable()) {
        check.accept(mask, setting.example(random, mask, true));
      }
    }
  }

  private static void assertAgree(Result found, Result expected, Object what) {
    assertThat(found.value())
        .as("loss under mask %s", what)
        .isCloseTo(
            expected.value(), within(TOLERANCE * Math.max(1e-2, Math.abs(expected.value()))));
    assertClose(found.gradient(), expected.gradient(), TOLERANCE, "gradient, mask " + what);
  }

  static Stream<LossSetting> lossesOfClasses() {
    return Stream.of(
            weighable(LossMCXENT::new, Labels.ONE_HOT, "SOFTMAX", "SIGMOID"),
            weighable(LossNegativeLogLikelihood::new, Labels.ONE_HOT, "SOFTMAX"),
            weighable(LossSparseMCXENT::new, Labels.ONE_HOT, "SOFTMAX"),
            weighable(LossMSE::new, Labels.ONE_HOT, "SIGMOID"),
            weighable(LossBinaryXENT::new, Labels.ONE_HOT, "SIGMOID"),
            plain(new LossKLD(), Labels.ONE_HOT, "SOFTMAX"))
        .flatMap(Function.identity());
  }

  @ParameterizedTest
  @MethodSource("lossesOfClasses")
  void classIndicesAreWorthTheirOneHotRows(LossSetting setting) {
    forEachMask(
        setting,
        Seeds.random(16),
        (mask, example) -> assertAgree(indexed(example), example.torch(ScalarType.Float), mask));
  }

  @SuppressWarnings("try") // frees the labels
  private static Result indexed(LossExample example) {
    int outputs = example.labels().length / example.rows();
    try (PointerScope scope = new PointerScope()) {
      long[] indices =
          IntStream.range(0, example.labels().length)
              .filter(i -> example.labels()[i] == 1)
              .mapToLong(i -> i % outputs)
              .toArray();
      return example.torch(ScalarType.Float, Tensor.create(indices));
    }
  }

  @Test
  void takesLogarithmsFromTheSumsWhereDl4jCutsThemOff() {
    double[] far = {-200, 200};
    double[] wrong = {1, 0};
    LossExample softmax = example(new LossMCXENT(), "SOFTMAX", far, wrong);
    assertAgree(softmax.torch(ScalarType.Float), new Result(400, new double[] {-1, 1}), "softmax");
    assertThat(softmax.dl4jScore(DataType.FLOAT)).isCloseTo(-Math.log(1e-10), within(1e-3));
    LossExample sigmoid = example(new LossBinaryXENT(), "SIGMOID", far, wrong);
    assertAgree(sigmoid.torch(ScalarType.Float), new Result(400, new double[] {-1, 1}), "sigmoid");
    assertThat(sigmoid.dl4jScore(DataType.FLOAT)).isCloseTo(-2 * Math.log(1e-5), within(1e-1));
  }

  @Test
  void scoresNothingWhereThereIsNothingToCount() {
    double[] masked = {0, 0};
    LossExample fMeasure =
        new LossExample(
            new LossFMeasure(),
            Activation.SIGMOID.getActivationFunction(),
            2,
            new double[] {1, 2},
            new double[] {1, 0},
            masked);
    assertAgree(fMeasure.torch(ScalarType.Float), fMeasure.dl4j(DataType.FLOAT), "F-measure");
    LossExample allRight =
        example(new LossMultiLabel(), "TANH", new double[] {1, 2}, new double[] {1, 1});
    assertAgree(allRight.torch(ScalarType.Float), allRight.dl4j(DataType.FLOAT), "all right");
  }

  @Test
  void refusesWhatItDoesNotKnow() {
    assertRefused(new LossMSE() {}, "IDENTITY", "no loss");
    assertRefused(new LossMSE(), "RRELU", "loss of activations that are random");
  }

  private static void assertRefused(ILossFunction loss, String activation, String message) {
    assertThatThrownBy(
            () ->
                TorchLosses.of(
                    loss,
                    Activation.valueOf(activation).getActivationFunction(),
                    LossExample.site()))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining(message);
  }

  @Test
  void refusesLabelsAndMasksOfOtherShapes() {
    double[] two = {1, 2};
    double[] one = {1};
    assertThatThrownBy(() -> example(new LossMSE(), "TANH", two, one).torch(ScalarType.Float))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("expected labels of shape [1, 2], found [1, 1]");
    LossExample cosine =
        new LossExample(
            new LossCosineProximity(), Activation.TANH.getActivationFunction(), 1, two, two, two);
    assertThatThrownBy(() -> cosine.torch(ScalarType.Float))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("a mask of outputs for a loss that scores whole rows");
  }

  private static LossExample example(
      ILossFunction loss, String activation, double[] sums, double[] labels) {
    return new LossExample(
        loss, Activation.valueOf(activation).getActivationFunction(), 1, sums, labels, null);
  }
}
