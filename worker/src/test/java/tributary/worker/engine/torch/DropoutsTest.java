package tributary.worker.engine.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Generator;
import org.bytedeco.pytorch.GeneratorOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.deeplearning4j.nn.conf.dropout.AlphaDropout;
import org.deeplearning4j.nn.conf.dropout.Dropout;
import org.deeplearning4j.nn.conf.dropout.GaussianDropout;
import org.deeplearning4j.nn.conf.dropout.GaussianNoise;
import org.deeplearning4j.nn.conf.dropout.IDropout;
import org.deeplearning4j.nn.conf.dropout.SpatialDropout;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.deeplearning4j.nn.conf.layers.AutoEncoder;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.DropoutLayer;
import org.deeplearning4j.nn.conf.layers.GlobalPoolingLayer;
import org.deeplearning4j.nn.conf.layers.LocalResponseNormalization;
import org.deeplearning4j.nn.conf.layers.LossLayer;
import org.deeplearning4j.nn.conf.layers.SubsamplingLayer;
import org.deeplearning4j.nn.conf.layers.misc.FrozenLayer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.learning.config.Sgd;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;
import org.nd4j.linalg.schedule.MapSchedule;
import org.nd4j.linalg.schedule.ScheduleType;
import tributary.worker.engine.StepKey;
import tributary.worker.model.ModelException;

@SuppressWarnings("try") // scopes are held, not used
class DropoutsTest {
  private static final long[] MANY = {100, 400, 5};
  private static final StepKey FIRST = new StepKey(0, 0, 1);

  @ParameterizedTest
  @MethodSource("silent")
  void changesNothingWhereThereIsNoNoise(IDropout dropout) {
    Parity.assertAgree(
        Stacks.of(
            new Sgd(0.1),
            InputType.convolutional(5, 4, 3),
            new ConvolutionLayer.Builder(2, 2).nOut(4).dropOut(dropout).build(),
            new DropoutLayer(dropout.clone()),
            new ConvolutionLayer.Builder(1, 1).nOut(4).dropOut(dropout.clone()).build()),
        Data.classified(4, 3, 5, 4));
  }

  static Stream<IDropout> silent() {
    return Stream.of(
        new Dropout(1),
        new Dropout(steps(1)),
        new SpatialDropout(1),
        new AlphaDropout(1),
        new GaussianDropout(0),
        new GaussianNoise(0));
  }

  @Test
  void keepsTheMeanByScalingUpWhatItKeeps() {
    withNoise(
        new Dropout(0.7),
        () -> torch.full(MANY, new Scalar(2f)),
        (noisy, input) -> {
          Tensor kept = noisy.ne(new Scalar(0));
          assertThat(mean(kept)).isCloseTo(0.7, within(0.005));
          assertThat(mean(noisy)).isCloseTo(2, within(0.02));
          assertThat(noisy.masked_select(kept).max().item_float()).isEqualTo(2 / 0.7f);
          assertThat(noisy.masked_select(kept).min().item_float()).isEqualTo(2 / 0.7f);
        });
  }

  @Test
  void dropsWholeChannels() {
    for (long[] shape : new long[][] {{100, 400, 5}, {100, 400, 2, 3}, {100, 400, 2, 1, 2}}) {
      withNoise(
          new SpatialDropout(0.6),
          () -> torch.ones(shape),
          (noisy, input) -> {
            Tensor channels = noisy.flatten(2, -1);
            assertThat(mean(channels.ne(new Scalar(0)))).isCloseTo(0.6, within(0.01));
            assertThat(mean(noisy)).isCloseTo(1, within(0.02));
            assertThat(torch.equal(channels, channels.narrow(2, 0, 1).expand_as(channels)))
                .isTrue();
          });
    }
  }

  @Test
  void keepsMeanAndVarianceOfNormalValues() {
    AlphaDropout dropout = new AlphaDropout(0.8);
    withNoise(
        dropout,
        DropoutsTest::normals,
        (noisy, input) -> {
          assertThat(mean(noisy)).isCloseTo(0, within(0.01));
          assertThat(deviation(noisy)).isCloseTo(1, within(0.01));
          Tensor kept =
              noisy
                  .sub(new Scalar(dropout.b(0.8)))
                  .div(new Scalar(dropout.a(0.8)))
                  .isclose(input, 1e-3, 1e-4, false);
          assertThat(mean(kept)).isCloseTo(0.8, within(0.005));
        });
  }

  @Test
  void multipliesByNormalNoise() {
    withNoise(
        new GaussianDropout(0.2),
        () -> torch.full(MANY, new Scalar(2f)),
        (noisy, input) -> {
          assertThat(mean(noisy)).isCloseTo(2, within(0.01));
          assertThat(deviation(noisy)).isCloseTo(2 * Math.sqrt(0.2 / 0.8), within(0.01));
        });
  }

  @Test
  void addsNormalNoise() {
    withNoise(
        new GaussianNoise(0.3),
        () -> torch.full(MANY, new Scalar(2f)),
        (noisy, input) -> {
          assertThat(mean(noisy)).isCloseTo(2, within(0.005));
          assertThat(deviation(noisy)).isCloseTo(0.3, within(0.005));
        });
  }

  @Test
  void followsSchedulesOfStepsAndEpochs() {
    IDropout bySteps = new Dropout(new MapSchedule(ScheduleType.ITERATION, Map.of(0, 0.9, 3, 0.4)));
    IDropout byEpochs = new Dropout(new MapSchedule(ScheduleType.EPOCH, Map.of(0, 0.9, 3, 0.4)));
    assertThat(kept(bySteps, new StepKey(2, 9, 1))).isCloseTo(0.9, within(0.005));
    assertThat(kept(bySteps, new StepKey(3, 0, 1))).isCloseTo(0.4, within(0.005));
    assertThat(kept(byEpochs, new StepKey(9, 2, 1))).isCloseTo(0.9, within(0.005));
    assertThat(kept(byEpochs, new StepKey(0, 3, 1))).isCloseTo(0.4, within(0.005));
  }

  @ParameterizedTest
  @MethodSource("loud")
  void drawsTheSameForTheSameKeyAndNothingInEvaluation(IDropout dropout) {
    try (Single layer = layer(dropout);
        PointerScope scope = new PointerScope()) {
      Tensor input = normals();
      Tensor once = layer.train(input, FIRST);
      assertThat(torch.equal(once, layer.train(input, FIRST))).isTrue();
      assertThat(torch.equal(once, layer.train(input, new StepKey(0, 0, 2)))).isFalse();
      assertThat(torch.equal(input, layer.evaluate(Masked.all(input)))).isTrue();
    }
  }

  @ParameterizedTest
  @MethodSource("loud")
  void sendsGradientsThroughTheNoiseOfTheForwardPass(IDropout dropout) {
    ScoreSlopes.assertFollowedInNoise(
        Stacks.of(
            new Sgd(0.1),
            InputType.convolutional(3, 2, 2),
            new ConvolutionLayer.Builder(1, 1).nOut(4).build(),
            new ConvolutionLayer.Builder(1, 1).nOut(3).dropOut(dropout).build()),
        Data.classified(4, 2, 3, 2).apply(0));
  }

  static Stream<IDropout> loud() {
    return Stream.of(
        new Dropout(0.5),
        new SpatialDropout(0.5),
        new AlphaDropout(0.5),
        new GaussianDropout(0.5),
        new GaussianNoise(0.5));
  }

  @Test
  void sparesTheLayersThatDl4jSpares() {
    Parity.assertAgree(
        Stacks.ending(
            new Sgd(0.1),
            InputType.convolutional(6, 6, 3),
            new FrozenLayer.Builder()
                .layer(new ConvolutionLayer.Builder(1, 1).nIn(3).nOut(3).dropOut(0.5).build())
                .dropOut(0.5)
                .build(),
            new ConvolutionLayer.Builder(1, 1).nOut(5).build(),
            new BatchNormalization.Builder().dropOut(0.5).build(),
            new SubsamplingLayer.Builder().kernelSize(2, 2).stride(2, 2).dropOut(0.5).build(),
            new LocalResponseNormalization.Builder().dropOut(0.5).build(),
            new ActivationLayer.Builder().activation(Activation.TANH).dropOut(0.5).build(),
            new GlobalPoolingLayer.Builder().dropOut(0.5).build(),
            new DenseLayer.Builder().nOut(4).activation(Activation.IDENTITY).build(),
            new LossLayer.Builder(LossFunction.MCXENT)
                .activation(Activation.SOFTMAX)
                .dropOut(0.5)
                .build()),
        Data.classified(4, 3, 6, 6));
  }

  @Test
  void sparesAnAutoencoderWhoseForwardPassDl4jSpares() {
    ScoreSlopes.assertFollowed(
        Stacks.of(
            new Sgd(0.1),
            InputType.feedForward(6),
            new DenseLayer.Builder().nOut(5).build(),
            new AutoEncoder.Builder().nOut(4).dropOut(0.5).build()),
        Data.classified(4, 6).apply(0));
  }

  @Test
  void refusesDropoutItDoesNotKnow() {
    Site site = new Site("Layer 0", "0_", new DropoutLayer(new Unheard()), false, null);
    assertThatThrownBy(() -> Dropouts.of(site))
        .isInstanceOf(ModelException.class)
        .hasMessage("Layer 0: engine torch has no dropout Unheard; set engine.type: nd4j");
  }

  private static final class Unheard extends Dropout {
    Unheard() {
      super(0.5);
    }
  }

  /** Checks what a dropout makes of an input, which is only made once libtorch is there. */
  private static void withNoise(
      IDropout dropout, Supplier<Tensor> values, BiConsumer<Tensor, Tensor> check) {
    try (Single layer = layer(dropout);
        PointerScope scope = new PointerScope()) {
      Tensor input = values.get();
      check.accept(layer.train(input, FIRST), input);
    }
  }

  private static double mean(Tensor values) {
    return values.to(ScalarType.Double).mean().item_double();
  }

  private static double deviation(Tensor values) {
    return values.to(ScalarType.Double).std(true).item_double();
  }

  private static MapSchedule steps(double value) {
    return new MapSchedule(ScheduleType.ITERATION, Map.of(0, value));
  }

  private static Single layer(IDropout dropout) {
    return new Single(Stacks.of(new Sgd(0.1), InputType.feedForward(6), new DropoutLayer(dropout)));
  }

  private static double kept(IDropout dropout, StepKey key) {
    try (Single layer = layer(dropout);
        PointerScope scope = new PointerScope()) {
      return mean(layer.train(torch.ones(MANY), key).ne(new Scalar(0)));
    }
  }

  private static Tensor normals() {
    Generator generator = torch.createCPUGenerator(7);
    return torch.empty(MANY).normal_(0, 1, new GeneratorOptional(generator));
  }
}
