package tributary.driver.round;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.SplittableRandom;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.learning.config.Adam;
import tributary.datasets.Seeds;
import tributary.driver.round.OuterMomentum.Kind;
import tributary.worker.model.ModelConfiguration;
import tributary.worker.model.ModelState;
import tributary.worker.model.Network;
import tributary.worker.model.ParameterLayout;
import tributary.worker.model.ParameterTensor;
import tributary.worker.model.UpdatePlan.Stretch;
import tributary.worker.train.DivergedException;
import tributary.worker.train.OuterStepType;

class OuterStepTest {
  private static final int SIZE = 200;

  @Test
  void averageIsTheAverageItself() {
    ModelState average = state(3, -0f);
    RunState next = OuterStep.AVERAGE.next(0, RunState.of(state(1, 2)), average);
    assertThat(next.model()).isSameAs(average);
    assertThat(next.outerMomentum()).isEmpty();
  }

  @ParameterizedTest
  @EnumSource(Kind.class)
  void withoutMomentumAndAtLearningRateOneEveryStepIsTheAverageToTheBit(Kind kind) {
    SplittableRandom random = Seeds.random(1);
    OuterStep step = step(kind, 1, 0);
    RunState run = RunState.of(anyFinite(random));
    for (int round = 0; round < 200; round++) {
      ModelState average = anyFinite(random);
      run = step.next(round, run, average);
      assertThat(bits(run.model().parameters())).isEqualTo(bits(average.parameters()));
    }
  }

  @Test
  void slowMomentumOfAConstantDisplacementIsAGeometricSeries() {
    double alpha = 0.75;
    double beta = 0.5;
    double way = 0.125; // a power of two, so that nothing is rounded
    OuterStep step = step(Kind.SLOWMO, alpha, beta);
    RunState run = RunState.of(same(0));
    double x = 0;
    for (int round = 1; round <= 12; round++) {
      run = step.next(round, run, same((float) (x - way)));
      double u = way * (1 - Math.pow(beta, round)) / (1 - beta);
      x -= alpha * u;
      assertThat(run.outerMomentum()[7]).isEqualTo((float) u);
      assertThat(run.model().parameters()[7]).isEqualTo((float) x);
    }
  }

  @Test
  void aSlowStepIsThePapersWithItsBufferInUnitsOfGradients() {
    // x(t+1) = x(t) - alpha gamma u(t+1) and u(t+1) = beta u(t) + (x(t) - a(t)) / gamma.
    SplittableRandom random = Seeds.random(2);
    double gamma = 0.05;
    OuterStep step = step(Kind.SLOWMO, 0.9, 0.7);
    RunState run = RunState.of(same(1));
    double u = 0;
    for (int round = 0; round < 50; round++) {
      double x = run.model().parameters()[0];
      float average = (float) (x + 0.1 * (random.nextDouble() - 0.5));
      u = 0.7 * u + (x - average) / gamma;
      run = step.next(round, run, same(average));
      assertThat(run.model().parameters()[0])
          .isCloseTo((float) (x - 0.9 * gamma * u), within(1e-6f));
      assertThat(run.outerMomentum()[0] / gamma).isCloseTo(u, within(1e-5));
    }
  }

  @Test
  void aNesterovStepIsTheRecurrenceOfPyTorch() {
    // buf = mu buf + g; x -= lr (g + mu buf): torch.optim.SGD(lr, momentum=mu, nesterov=True).
    SplittableRandom random = Seeds.random(3);
    OuterStep step = step(Kind.NESTEROV, 0.7, 0.9);
    RunState run = RunState.of(same(1));
    double buffer = 0;
    for (int round = 0; round < 50; round++) {
      double x = run.model().parameters()[0];
      float average = (float) (x + 0.1 * (random.nextDouble() - 0.5));
      double g = x - average;
      buffer = 0.9 * buffer + g;
      run = step.next(round, run, same(average));
      assertThat(run.model().parameters()[0])
          .isCloseTo((float) (x - 0.7 * (g + 0.9 * buffer)), within(1e-6f));
      assertThat(run.outerMomentum()[0]).isCloseTo((float) buffer, within(1e-6f));
    }
  }

  @Test
  void threeNesterovStepsByHand() {
    OuterStep step = step(Kind.NESTEROV, 0.5, 0.5);
    RunState run = step.next(0, RunState.of(same(1)), same(0)); // d 1, u 1, step .5 (1 + .5)
    assertThat(run.model().parameters()[0]).isEqualTo(0.25f);
    run = step.next(1, run, same(0)); // d .25, u .75, step .5 (.25 + .375)
    assertThat(run.model().parameters()[0]).isEqualTo(-0.0625f);
    run = step.next(2, run, same(-0.0625f)); // d 0, u .375, step .5 (.1875)
    assertThat(run.model().parameters()[0]).isEqualTo(-0.15625f);
    assertThat(run.outerMomentum()[0]).isEqualTo(0.375f);
  }

  @ParameterizedTest
  @EnumSource(Kind.class)
  void everyElementIsAlone(Kind kind) {
    SplittableRandom random = Seeds.random(4);
    OuterStep step = step(kind, 0.8, 0.6);
    RunState whole = RunState.of(small(random));
    float alone = whole.model().parameters()[5];
    RunState one = RunState.of(same(alone));
    for (int round = 0; round < 20; round++) {
      ModelState average = small(random);
      whole = step.next(round, whole, average);
      one = step.next(round, one, same(average.parameters()[5]));
      assertThat(whole.model().parameters()[5]).isEqualTo(one.model().parameters()[9]);
    }
  }

  @ParameterizedTest
  @EnumSource(Kind.class)
  void neitherWhatGoesInNorTheOptimizersStateIsChanged(Kind kind) {
    RunState start = RunState.of(state(1, 2)).withOuterMomentum(new float[] {3, 4});
    ModelState average = new ModelState(new float[] {5, 6}, new float[] {7, 8, 9});
    OuterStep step = new OuterMomentum(kind, 0.5, 0.5, layout(2), List.of());

    RunState next = step.next(0, start, average);

    assertThat(next.model().optimizer()).isSameAs(average.optimizer());
    assertThat(start.model().parameters()).containsExactly(1, 2);
    assertThat(start.outerMomentum()).containsExactly(3, 4);
    assertThat(average.parameters()).containsExactly(5, 6);
  }

  @ParameterizedTest
  @EnumSource(Kind.class)
  void statisticsAreTheAverageAndGatherNoMomentum(Kind kind) {
    SplittableRandom random = Seeds.random(5);
    Stretch statistics = new Stretch(50, 30);
    OuterStep step = new OuterMomentum(kind, 0.8, 0.9, layout(SIZE), List.of(statistics));
    RunState run = RunState.of(small(random));
    for (int round = 0; round < 20; round++) {
      ModelState average = small(random);
      run = step.next(round, run, average);
      for (int i = 0; i < SIZE; i++) {
        boolean isStatistic = i >= statistics.from() && i < statistics.to();
        assertThat(run.model().parameters()[i] == average.parameters()[i])
            .as("round %d, value %d", round, i)
            .isEqualTo(isStatistic);
        assertThat(run.outerMomentum()[i] == 0).isEqualTo(isStatistic);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aVarianceThatFallsStaysPositiveUnderMomentum(boolean asLogarithm) {
    ModelConfiguration model = normalized(asLogarithm);
    Network network = Network.build(model);
    ParameterTensor spread =
        network.layout().tensors().stream()
            .filter(tensor -> tensor.name().equals(asLogarithm ? "1_log10stdev" : "1_var"))
            .findFirst()
            .orElseThrow();
    int at = Math.toIntExact(spread.offset());
    OuterStep step = OuterStep.of(OuterStepType.NESTEROV, 1, 0.99, model);
    RunState run = RunState.of(network.state());
    for (int round = 0; round < 30; round++) {
      ModelState average =
          new ModelState(run.model().parameters().clone(), run.model().optimizer());
      for (int i = at; i < at + spread.size(); i++) {
        average.parameters()[i] *= 0.5f;
      }
      run = step.next(round, run, average);
      for (int i = at; i < at + spread.size(); i++) {
        assertThat(run.model().parameters()[i]).isEqualTo(average.parameters()[i]);
      }
    }
    network.close();
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void theStatisticsOfANetworkAreWhatItsBatchNormalisationKeeps(boolean asLogarithm) {
    try (Network network = Network.build(normalized(asLogarithm))) {
      List<Stretch> statistics = network.updatePlan().statistics();
      List<String> names =
          network.layout().tensors().stream()
              .filter(
                  tensor ->
                      statistics.stream()
                          .anyMatch(s -> tensor.offset() >= s.from() && tensor.offset() < s.to()))
              .map(ParameterTensor::name)
              .toList();
      assertThat(names).containsExactly("1_mean", asLogarithm ? "1_log10stdev" : "1_var");
      assertThat(statistics.stream().mapToLong(Stretch::size).sum()).isEqualTo(2 * 4);
    }
  }

  @Test
  void aStepOutOfTheFiniteNumbersIsToldByRoundLayerAndRemedy() {
    OuterStep step = step(Kind.SLOWMO, 10, 0.9);
    assertThatThrownBy(() -> step.next(12, RunState.of(same(3e38f)), same(-3e38f)))
        .isInstanceOf(DivergedException.class)
        .hasMessage(
            "Training diverged in round 12: the outer step leads to -Infinity in layer dense"
                + " (parameter dense_W); lower training.outer-learning-rate");
  }

  @Test
  void momentumOfAnotherLengthIsRefused() {
    RunState start = RunState.of(same(0)).withOuterMomentum(new float[3]);
    assertThatThrownBy(() -> step(Kind.SLOWMO, 1, 0.5).next(0, start, same(0)))
        .hasMessage("vectors of 200, 200 and 3 values do not go together");
  }

  private static OuterStep step(Kind kind, double learningRate, double momentum) {
    return new OuterMomentum(kind, learningRate, momentum, layout(SIZE), List.of());
  }

  private static ParameterLayout layout(long size) {
    return new ParameterLayout(
        List.of(new ParameterTensor("dense_W", "dense", 0, List.of(size), false)), 0);
  }

  private static ModelState same(float value) {
    float[] values = new float[SIZE];
    java.util.Arrays.fill(values, value);
    return state(values);
  }

  private static ModelState small(SplittableRandom random) {
    float[] values = new float[SIZE];
    for (int i = 0; i < SIZE; i++) {
      values[i] = (float) (random.nextDouble() - 0.5);
    }
    return state(values);
  }

  /** Any finite bits: both zeros, subnormal numbers, and neighbours of 76 orders of magnitude. */
  private static ModelState anyFinite(SplittableRandom random) {
    float[] values = new float[SIZE];
    for (int i = 0; i < SIZE; i++) {
      float value = Float.intBitsToFloat(random.nextInt()) / 2; // the way between two is finite
      values[i] = i == 0 ? -0f : Float.isFinite(value) ? value : 0f;
    }
    return state(values);
  }

  private static ModelState state(float... parameters) {
    return new ModelState(parameters, new float[0]);
  }

  private static int[] bits(float[] values) {
    int[] bits = new int[values.length];
    java.util.Arrays.setAll(bits, i -> Float.floatToRawIntBits(values[i]));
    return bits;
  }

  /** DL4J's JSON tells that the variance is kept as it is only of a network that was built. */
  private static ModelConfiguration normalized(boolean asLogarithm) {
    MultiLayerNetwork network =
        new MultiLayerNetwork(
            new NeuralNetConfiguration.Builder()
                .seed(5)
                .updater(new Adam(1e-3))
                .list()
                .layer(new DenseLayer.Builder().nOut(4).build())
                .layer(new BatchNormalization.Builder().useLogStd(asLogarithm).build())
                .layer(new OutputLayer.Builder().nOut(3).activation(Activation.SOFTMAX).build())
                .setInputType(InputType.feedForward(6))
                .build());
    network.init();
    return ModelConfiguration.of(network.getLayerWiseConfigurations());
  }
}
