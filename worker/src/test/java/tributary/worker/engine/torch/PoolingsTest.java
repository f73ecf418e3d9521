package tributary.worker.engine.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static tributary.worker.engine.torch.Windowed.mode;
import static tributary.worker.engine.torch.Windowed.numbers;
import static tributary.worker.engine.torch.Windowed.shape;

import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.deeplearning4j.nn.conf.CNN2DFormat;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.RNNFormat;
import org.deeplearning4j.nn.conf.layers.Convolution1DLayer;
import org.deeplearning4j.nn.conf.layers.Convolution3D;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.PoolingType;
import org.deeplearning4j.nn.conf.layers.Subsampling1DLayer;
import org.deeplearning4j.nn.conf.layers.Subsampling3DLayer;
import org.deeplearning4j.nn.conf.layers.SubsamplingLayer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.ndarray.INDArray;
import tributary.datasets.Seeds;

class PoolingsTest {
  @ParameterizedTest
  @MethodSource("kinds")
  void poolsImagesAsDl4jDoes(PoolingType type, CNN2DFormat format) {
    SplittableRandom random = Seeds.random(1);
    for (int trial = 0; trial < 4; trial++) {
      ConvolutionMode mode = mode(random);
      Windowed.of(
              format,
              shape(2, 7 + random.nextInt(3), 8),
              new ConvolutionLayer.Builder(1, 1).nIn(2).nOut(3).dataFormat(format).build(),
              new SubsamplingLayer.Builder(type, numbers(random, 2, 2, 4))
                  .stride(numbers(random, 2, 1, 3))
                  .dilation(numbers(random, 2, 1, 2))
                  .padding(numbers(random, 2, 0, mode == ConvolutionMode.Same ? 0 : 1))
                  .convolutionMode(mode)
                  .pnorm(type == PoolingType.PNORM ? 2 + random.nextInt(3) : 0)
                  .avgPoolIncludePadInDivisor(random.nextBoolean())
                  .dataFormat(format)
                  .build())
          .assertAgree();
    }
  }

  static Stream<Arguments> kinds() {
    return Stream.of(PoolingType.MAX, PoolingType.AVG, PoolingType.PNORM)
        .flatMap(type -> Stream.of(CNN2DFormat.values()).map(f -> Arguments.of(type, f)));
  }

  @ParameterizedTest
  @EnumSource(names = {"MAX", "AVG", "PNORM"})
  void poolsSequencesAsDl4jDoes(PoolingType type) {
    SplittableRandom random = Seeds.random(2);
    for (int trial = 0; trial < 4; trial++) {
      Subsampling1DLayer pooling =
          new Subsampling1DLayer.Builder(1 + random.nextInt(3), 1 + random.nextInt(3))
              .convolutionMode(mode(random))
              .pnorm(type == PoolingType.PNORM ? 2 + random.nextInt(3) : 0)
              .build();
      pooling.setPoolingType(type);
      Windowed.of(
              shape(2, 9 + random.nextInt(3)),
              new Convolution1DLayer.Builder(1).nIn(2).nOut(3).build(),
              pooling)
          .assertAgree();
    }
  }

  @ParameterizedTest
  @EnumSource
  void poolsVolumesAsDl4jDoes(Subsampling3DLayer.PoolingType type) {
    SplittableRandom random = Seeds.random(3);
    for (Convolution3D.DataFormat format : Convolution3D.DataFormat.values()) {
      for (int trial = 0; trial < 3; trial++) {
        ConvolutionMode mode = mode(random);
        Windowed.of(
                format,
                shape(2, 4, 5, 6),
                new Convolution3D.Builder(1, 1, 1).nIn(2).nOut(3).dataFormat(format).build(),
                new Subsampling3DLayer.Builder(type, numbers(random, 3, 2, 3))
                    .stride(numbers(random, 3, 1, 3))
                    .padding(numbers(random, 3, 0, mode == ConvolutionMode.Same ? 0 : 1))
                    .convolutionMode(mode)
                    .dataFormat(format)
                    .build())
            .assertAgree();
      }
    }
  }

  @Test
  void poolsSequencesWithChannelsLastWhichDl4jCannotTrain() {
    Windowed.of(
            RNNFormat.NWC,
            shape(2, 7),
            new Convolution1DLayer.Builder(1).nIn(2).nOut(3).rnnDataFormat(RNNFormat.NWC).build(),
            new Subsampling1DLayer.Builder(2).stride(2).dataFormat(CNN2DFormat.NHWC).build())
        .assertActivationsAgree();
  }

  @Test
  void passesNothingBackThroughWindowsOfZeros() {
    Windowed.of(
            shape(2, 6, 8),
            new ConvolutionLayer.Builder(1, 1)
                .nIn(2)
                .nOut(3)
                .biasInit(-0.3)
                .activation(Activation.RELU)
                .build(),
            new SubsamplingLayer.Builder(PoolingType.PNORM, new int[] {2, 2}).pnorm(2).build())
        .assertAgree();
  }

  /** DL4J knows the name of this kind, but not how to do it. */
  @Test
  void sumsWindowsToTheirMeansTimesTheirSize() {
    Windowed sums = pooled(PoolingType.SUM);
    INDArray input = sums.values(1, 3);
    try (TorchNetwork sum = sums.network();
        TorchNetwork mean = pooled(PoolingType.AVG).network()) {
      sum.load(mean.state());
      float[] means = Windowed.activations(mean, input, null);
      float[] found = Windowed.activations(sum, input, null);
      assertThat(found).hasSameSizeAs(means);
      for (int i = 0; i < found.length; i++) {
        assertThat(found[i]).isCloseTo(6 * means[i], within(1e-5f));
      }
    }
  }

  private static Windowed pooled(PoolingType type) {
    return Windowed.of(
        shape(2, 5, 6),
        new ConvolutionLayer.Builder(1, 1).nIn(2).nOut(3).build(),
        new SubsamplingLayer.Builder(type, new int[] {2, 3})
            .stride(1, 2)
            .avgPoolIncludePadInDivisor(true)
            .convolutionMode(ConvolutionMode.Same)
            .build());
  }
}
