package tributary.worker.engine.torch;

import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static tributary.worker.engine.torch.Windowed.mode;
import static tributary.worker.engine.torch.Windowed.numbers;
import static tributary.worker.engine.torch.Windowed.shape;

import java.util.SplittableRandom;
import org.deeplearning4j.nn.conf.CNN2DFormat;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.layers.Convolution3D;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.Deconvolution2D;
import org.deeplearning4j.nn.conf.layers.Deconvolution3D;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.api.ndarray.INDArray;
import tributary.datasets.Seeds;

class DeconvolutionsTest {
  @ParameterizedTest
  @EnumSource
  void deconvolvesImagesAsDl4jDoes(CNN2DFormat format) {
    SplittableRandom random = Seeds.random(1);
    for (int trial = 0; trial < 6; trial++) {
      ConvolutionMode mode = mode(random);
      Windowed.of(
              format,
              shape(2, 4, 5),
              new ConvolutionLayer.Builder(1, 1).nIn(2).nOut(3).dataFormat(format).build(),
              new Deconvolution2D.Builder(numbers(random, 2, 2, 4))
                  .nIn(3)
                  .nOut(1 + random.nextInt(4))
                  .stride(numbers(random, 2, 1, 2))
                  .dilation(numbers(random, 2, 1, 2))
                  .padding(numbers(random, 2, 0, mode == ConvolutionMode.Same ? 0 : 2))
                  .convolutionMode(mode)
                  .hasBias(random.nextBoolean())
                  .dataFormat(format)
                  .build())
          .assertAgree();
    }
  }

  @ParameterizedTest
  @EnumSource
  void deconvolvesVolumesAsDl4jDoes(Convolution3D.DataFormat format) {
    SplittableRandom random = Seeds.random(2);
    for (int trial = 0; trial < 4; trial++) {
      ConvolutionMode mode = mode(random);
      Windowed.of(
              format,
              shape(2, 2, 3, 4),
              new Convolution3D.Builder(1, 1, 1).nIn(2).nOut(3).dataFormat(format).build(),
              new Deconvolution3D.Builder()
                  .kernelSize(numbers(random, 3, 2, 3))
                  .nIn(3)
                  .nOut(1 + random.nextInt(3))
                  .stride(numbers(random, 3, 1, 2))
                  .padding(numbers(random, 3, 0, mode == ConvolutionMode.Same ? 0 : 1))
                  .convolutionMode(mode)
                  .hasBias(random.nextBoolean())
                  .dataFormat(format)
                  .build())
          .assertAgree();
    }
  }

  @Test
  void refusesMasksOfPixelsThatWouldNotFitAfterwards() {
    Windowed doubled =
        Windowed.of(
            shape(2, 4, 4), new Deconvolution2D.Builder(2, 2).nIn(2).nOut(3).stride(2, 2).build());
    INDArray values = doubled.values(1, 3);
    try (TorchNetwork torch = doubled.network()) {
      Windowed.activations(torch, values, Data.lengths(1, 3, 1));
      assertThatThrownBy(() -> Windowed.activations(torch, values, Data.values(1, 3, 1, 4, 4)))
          .hasMessage(
              "Layer 0 \"layer0\" (Deconvolution2D): engine torch has no masks of pixels here; set"
                  + " engine.type: nd4j");
    }
  }
}
