package tributary.worker.engine.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.SplittableRandom;
import java.util.function.UnaryOperator;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.deeplearning4j.nn.conf.CNN2DFormat;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.LocalResponseNormalization;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.learning.config.Adam;
import tributary.datasets.Seeds;
import tributary.worker.engine.StepKey;

@SuppressWarnings("try") // scopes are held, not used
class NormalizationsTest {
  private static final InputType ROWS = InputType.feedForward(6);
  private static final InputType IMAGES = InputType.convolutional(5, 4, 3);

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void normalizesBatchesOfRowsAsDl4jDoes(boolean logarithmic) {
    Parity.assertAgree(
        stack(ROWS, dense(), batch(layer -> layer.useLogStd(logarithmic))), Data.classified(4, 6));
  }

  @Test
  void normalizesBatchesOfImagesAsDl4jDoesWhateverTheSettings() {
    SplittableRandom random = Seeds.random(36);
    for (int trial = 0; trial < 8; trial++) {
      double decay = random.nextDouble();
      double epsilon = Math.pow(10, -1 - 5 * random.nextDouble());
      boolean logarithmic = random.nextBoolean();
      Parity.assertAgree(
          stack(
              IMAGES,
              convolution(),
              batch(layer -> layer.useLogStd(logarithmic).decay(decay).eps(epsilon))),
          Data.classified(4, 3, 5, 4));
    }
  }

  @Test
  void takesTheVarianceOfASingleRowAsZero() {
    try (Single layer = new Single(alone());
        PointerScope scope = new PointerScope()) {
      Tensor row = torch.tensor(1f, -2f, 3f).view(1, 3);
      float[] normalized = Parity.floats(layer.train(row, new StepKey(0, 0, 1)));
      assertThat(normalized).containsExactly(new float[3], within(1e-3f)); // rounded, then blown up
      float spread = (float) Math.log10(1 / 0.9) / 2;
      assertThat(Parity.floats(layer.parameters().leaf("0_mean").grad()))
          .containsExactly(new float[] {-0.1f, 0.2f, -0.3f}, within(1e-6f));
      assertThat(Parity.floats(layer.parameters().leaf("0_log10stdev").grad()))
          .containsExactly(new float[] {spread, spread, spread}, within(1e-6f));
    }
  }

  @Test
  void normalizesChannelsLast() {
    Parity.assertAgree(
        stack(InputType.convolutional(5, 4, 3, CNN2DFormat.NHWC), batch(layer -> layer), dense()),
        Data.classified(4, 5, 4, 3));
  }

  @Test
  void keepsScaleAndShiftWhereTheyAreLocked() {
    Parity.assertAgree(
        stack(
            IMAGES,
            convolution(),
            batch(layer -> layer.lockGammaBeta(true).gamma(1.5).beta(0.3)),
            dense(),
            batch(layer -> layer.lockGammaBeta(true))),
        Data.classified(4, 3, 5, 4));
  }

  /** Such a scale is missing from DL4J's forward pass, but not from its gradient. */
  @Test
  void followsTheSlopesWhereOnlyTheScaleIsLockedToAValue() {
    ScoreSlopes.assertFollowed(
        stack(ROWS, dense(), batch(layer -> layer.lockGammaBeta(true).gamma(2))),
        Data.classified(4, 6).apply(0));
  }

  /** DL4J has no batch normalisation of these. */
  @ParameterizedTest
  @ValueSource(longs = {3, 5})
  void normalizesSequencesAndVolumesLikeImagesOfAsManyValues(long rank) {
    try (Single other = new Single(alone());
        Single images = new Single(alone());
        PointerScope scope = new PointerScope()) {
      Tensor image = torch.arange(new Scalar(4 * 3 * 6 * 5)).sin().view(4, 3, 6, 5);
      Tensor input = rank == 3 ? image.flatten(2, 3) : image.unflatten(2, 2, 3);
      StepKey key = new StepKey(0, 0, 1);
      assertSame(other.train(input, key), images.train(image, key));
      assertSame(other.parameters().gradients(), images.parameters().gradients());
      assertSame(other.evaluate(Masked.all(input)), images.evaluate(Masked.all(image)));
    }
  }

  @Test
  void leavesRunningStatisticsAloneInEvaluation() {
    try (Single layer = new Single(alone());
        PointerScope scope = new PointerScope()) {
      layer.evaluate(Masked.all(torch.ones(2, 3)));
      assertThat(Parity.floats(layer.parameters().gradients())).containsOnly(0);
    }
  }

  @Test
  void normalizesOverNeighbouringChannelsAsDl4jDoes() {
    Parity.assertAgree(
        stack(IMAGES, convolution(), local(2, 5, 1e-4, 0.75)), Data.classified(4, 3, 5, 4));
  }

  @Test
  void seesOneChannelMoreIfTheirNumberIsEven() {
    Parity.assertAgree(stack(IMAGES, local(1, 4, 0.3, 0.5), dense()), Data.classified(4, 3, 5, 4));
  }

  @Test
  void normalizesOverNeighbouringChannelsThatComeLast() {
    Parity.assertAgree(
        stack(InputType.convolutional(5, 4, 3, CNN2DFormat.NHWC), local(1, 3, 0.3, 0.5), dense()),
        Data.classified(4, 5, 4, 3));
  }

  /** In DL4J's gradient every channel is divided by the one normalised, not by its own scale. */
  @Test
  void followsTheSlopesWhereNeighboursWeighMuch() {
    ScoreSlopes.assertFollowed(
        stack(IMAGES, convolution(), local(1, 5, 0.5, 0.75)), Data.classified(4, 3, 5, 4).apply(0));
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void normalizesTheSumsOfALayerAsDl4jDoes(boolean hasBias) {
    Parity.assertAgree(
        stack(ROWS, new DenseLayer.Builder().nOut(7).hasLayerNorm(true).hasBias(hasBias).build()),
        Data.classified(4, 6));
  }

  private static BatchNormalization batch(UnaryOperator<BatchNormalization.Builder> settings) {
    return settings.apply(new BatchNormalization.Builder()).build();
  }

  private static MultiLayerConfiguration alone() {
    return Stacks.ending(
        new Adam(1e-2), null, batch(layer -> layer.nIn(3).nOut(3)), Stacks.output(3));
  }

  private static Layer local(double k, double n, double alpha, double beta) {
    return new LocalResponseNormalization.Builder().k(k).n(n).alpha(alpha).beta(beta).build();
  }

  private static Layer dense() {
    return new DenseLayer.Builder().nOut(7).build();
  }

  private static Layer convolution() {
    return new ConvolutionLayer.Builder(1, 1).nOut(6).build();
  }

  private static MultiLayerConfiguration stack(InputType input, Layer... layers) {
    return Stacks.of(new Adam(1e-2), input, layers);
  }

  private static void assertSame(Tensor found, Tensor expected) {
    assertThat(found.flatten().allclose(expected.flatten(), 1e-5, 1e-5, false)).isTrue();
  }
}
