package tributary.worker.engine.torch;

import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static tributary.worker.engine.torch.Windowed.mode;
import static tributary.worker.engine.torch.Windowed.numbers;
import static tributary.worker.engine.torch.Windowed.shape;

import java.util.SplittableRandom;
import org.deeplearning4j.nn.conf.CNN2DFormat;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.RNNFormat;
import org.deeplearning4j.nn.conf.layers.Convolution1D;
import org.deeplearning4j.nn.conf.layers.Convolution1DLayer;
import org.deeplearning4j.nn.conf.layers.Convolution2D;
import org.deeplearning4j.nn.conf.layers.Convolution3D;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.DepthwiseConvolution2D;
import org.deeplearning4j.nn.conf.layers.SeparableConvolution2D;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.api.ndarray.INDArray;
import tributary.datasets.Seeds;

class ConvolutionsTest {
  @ParameterizedTest
  @EnumSource
  void convolvesImagesAsDl4jDoes(CNN2DFormat format) {
    SplittableRandom random = Seeds.random(1);
    for (int trial = 0; trial < 6; trial++) {
      ConvolutionMode mode = mode(random);
      Windowed.of(
              format,
              shape(2, 7 + random.nextInt(3), 8),
              point(format, 2, 3),
              new ConvolutionLayer.Builder(numbers(random, 2, 1, 3))
                  .nIn(3)
                  .nOut(1 + random.nextInt(4))
                  .stride(numbers(random, 2, 1, 3))
                  .dilation(numbers(random, 2, 1, 2))
                  .padding(numbers(random, 2, 0, mode == ConvolutionMode.Same ? 0 : 2))
                  .convolutionMode(mode)
                  .hasBias(random.nextBoolean())
                  .dataFormat(format)
                  .build())
          .assertAgree();
    }
  }

  /** Where oneDNN, left to itself, writes beyond its memory. */
  @ParameterizedTest
  @EnumSource
  void leavesOutPointsOfFewChannelsAsDl4jDoes(CNN2DFormat format) {
    for (int channels : new int[] {1, 4, 12}) {
      Windowed.of(
              format,
              shape(2, 32, 32),
              point(format, 2, channels),
              new ConvolutionLayer.Builder(1, 1)
                  .nIn(channels)
                  .nOut(8)
                  .stride(2, 2)
                  .hasBias(false)
                  .dataFormat(format)
                  .build())
          .assertAgree();
    }
  }

  @ParameterizedTest
  @EnumSource
  void convolvesChannelsAloneAsDl4jDoes(CNN2DFormat format) {
    SplittableRandom random = Seeds.random(2);
    for (int trial = 0; trial < 4; trial++) {
      ConvolutionMode mode = mode(random);
      int channels = 1 + random.nextInt(3);
      Windowed.of(
              format,
              shape(2, 7 + random.nextInt(3), 8),
              point(format, 2, channels),
              new DepthwiseConvolution2D.Builder(numbers(random, 2, 1, 3))
                  .nIn(channels)
                  .depthMultiplier(1 + random.nextInt(3))
                  .stride(numbers(random, 2, 1, 2))
                  .dilation(numbers(random, 2, 1, 2))
                  .padding(numbers(random, 2, 0, mode == ConvolutionMode.Same ? 0 : 1))
                  .convolutionMode(mode)
                  .hasBias(random.nextBoolean())
                  .dataFormat(format)
                  .build())
          .assertAgree();
    }
  }

  @ParameterizedTest
  @EnumSource
  void convolvesChannelsAndThenPointsAsDl4jDoes(CNN2DFormat format) {
    SplittableRandom random = Seeds.random(3);
    for (int trial = 0; trial < 4; trial++) {
      ConvolutionMode mode = mode(random);
      int channels = 2 + random.nextInt(2); // of one channel DL4J forgets the points
      Windowed.of(
              format,
              shape(2, 7 + random.nextInt(3), 8),
              point(format, 2, channels),
              new SeparableConvolution2D.Builder(numbers(random, 2, 1, 3))
                  .nIn(channels)
                  .nOut(1 + random.nextInt(4))
                  .depthMultiplier(1 + random.nextInt(3))
                  .stride(numbers(random, 2, 1, 2))
                  .dilation(numbers(random, 2, 1, 2))
                  .padding(numbers(random, 2, 0, mode == ConvolutionMode.Same ? 0 : 1))
                  .convolutionMode(mode)
                  .hasBias(random.nextBoolean())
                  .dataFormat(format)
                  .build())
          .assertAgree();
    }
  }

  @ParameterizedTest
  @EnumSource
  void convolvesVolumesAsDl4jDoes(Convolution3D.DataFormat format) {
    SplittableRandom random = Seeds.random(4);
    for (int trial = 0; trial < 4; trial++) {
      ConvolutionMode mode = mode(random);
      Windowed.of(
              format,
              shape(2, 4, 5, 6),
              new Convolution3D.Builder(1, 1, 1).dataFormat(format).nIn(2).nOut(2).build(),
              new Convolution3D.Builder(numbers(random, 3, 1, 2))
                  .nIn(2)
                  .nOut(1 + random.nextInt(3))
                  .stride(numbers(random, 3, 1, 2))
                  .dilation(numbers(random, 3, 1, 2))
                  .padding(numbers(random, 3, 0, mode == ConvolutionMode.Same ? 0 : 1))
                  .convolutionMode(mode)
                  .hasBias(random.nextBoolean())
                  .dataFormat(format)
                  .build())
          .assertAgree();
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"Same", "Truncate", "Causal"})
  void convolvesSequencesAsDl4jDoes(ConvolutionMode mode) {
    SplittableRandom random = Seeds.random(5);
    for (int trial = 0; trial < 4; trial++) {
      Windowed.of(
              shape(2, 9 + random.nextInt(3)),
              new Convolution1DLayer.Builder(1).nIn(2).nOut(3).build(),
              new Convolution1DLayer.Builder(1 + random.nextInt(3))
                  .nIn(3)
                  .nOut(1 + random.nextInt(4))
                  .stride(1 + random.nextInt(3))
                  .dilation(1 + random.nextInt(2))
                  .padding(mode == ConvolutionMode.Truncate ? random.nextInt(3) : 0)
                  .convolutionMode(mode)
                  .hasBias(random.nextBoolean())
                  .build())
          .assertAgree();
    }
  }

  @Test
  void convolvesSequencesWithChannelsLastWhichDl4jCannotTrain() {
    Windowed.of(
            RNNFormat.NWC,
            shape(2, 7),
            new Convolution1DLayer.Builder(2)
                .nIn(2)
                .nOut(3)
                .rnnDataFormat(RNNFormat.NWC)
                .convolutionMode(ConvolutionMode.Causal)
                .build())
        .assertActivationsAgree();
  }

  @Test
  void knowsLayersThatAreSetUpWithoutABuilder() {
    Windowed.of(shape(2, 4, 5), setUp(new Convolution2D(), 2, 3), setUp(new Convolution2D(), 3, 2))
        .assertAgree();
    Windowed.of(shape(2, 6), setUp(new Convolution1D(), 2, 3)).assertAgree();
  }

  private static ConvolutionLayer setUp(ConvolutionLayer layer, int nIn, int nOut) {
    layer.setNIn(nIn);
    layer.setNOut(nOut);
    layer.setKernelSize(new int[] {2, 2});
    layer.setStride(new int[] {1, 1});
    layer.setPadding(new int[] {0, 0});
    layer.setBiasInit(0.2);
    return layer;
  }

  @Test
  void refusesStridesThatDoNotFitInModeStrictAsDl4jDoes() {
    Windowed strict =
        Windowed.of(
            shape(2, 7, 7),
            new ConvolutionLayer.Builder(3, 3)
                .nIn(2)
                .nOut(3)
                .stride(2, 2)
                .convolutionMode(ConvolutionMode.Strict)
                .build());
    strict.assertAgree();
    try (TorchNetwork torch = strict.network()) {
      INDArray larger = Data.values(1, 1, 2, 8, 8);
      assertThatThrownBy(() -> Windowed.activations(torch, larger, null))
          .hasMessage(
              "convolution mode Strict: windows 3 wide, 2 apart, don't cover 8 values and padding"
                  + " of 0");
    }
  }

  private static ConvolutionLayer point(CNN2DFormat format, int nIn, int nOut) {
    return new ConvolutionLayer.Builder(1, 1).nIn(nIn).nOut(nOut).dataFormat(format).build();
  }
}
