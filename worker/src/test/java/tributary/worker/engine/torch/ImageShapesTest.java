package tributary.worker.engine.torch;

import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static tributary.worker.engine.torch.Windowed.shape;

import org.deeplearning4j.nn.conf.CNN2DFormat;
import org.deeplearning4j.nn.conf.layers.Convolution1DLayer;
import org.deeplearning4j.nn.conf.layers.Convolution3D;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.SpaceToBatchLayer;
import org.deeplearning4j.nn.conf.layers.SpaceToDepthLayer;
import org.deeplearning4j.nn.conf.layers.Upsampling1D;
import org.deeplearning4j.nn.conf.layers.Upsampling2D;
import org.deeplearning4j.nn.conf.layers.Upsampling3D;
import org.deeplearning4j.nn.conf.layers.ZeroPadding1DLayer;
import org.deeplearning4j.nn.conf.layers.ZeroPadding3DLayer;
import org.deeplearning4j.nn.conf.layers.ZeroPaddingLayer;
import org.deeplearning4j.nn.conf.layers.convolutional.Cropping1D;
import org.deeplearning4j.nn.conf.layers.convolutional.Cropping2D;
import org.deeplearning4j.nn.conf.layers.convolutional.Cropping3D;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.api.ndarray.INDArray;

class ImageShapesTest {
  @ParameterizedTest
  @EnumSource
  void upsamplesImagesAsDl4jDoes(CNN2DFormat format) {
    assertImagesAgree(format, new Upsampling2D.Builder(3).dataFormat(format).build());
    assertImagesAgree(
        format, new Upsampling2D.Builder(2).size(new int[] {1, 4}).dataFormat(format).build());
  }

  @ParameterizedTest
  @EnumSource
  void upsamplesVolumesAsDl4jDoes(Convolution3D.DataFormat format) {
    assertVolumesAgree(
        format, new Upsampling3D.Builder(2).size(new int[] {1, 2, 3}).dataFormat(format).build());
  }

  @Test
  void upsamplesSequencesAsDl4jDoes() {
    assertSequencesAgree(new Upsampling1D.Builder(3).build());
  }

  @ParameterizedTest
  @EnumSource
  void padsImagesWithZerosAsDl4jDoes(CNN2DFormat format) {
    assertImagesAgree(format, new ZeroPaddingLayer.Builder(1, 0, 2, 3).dataFormat(format).build());
  }

  @Test
  void padsVolumesAndSequencesWithZerosAsDl4jDoes() {
    assertVolumesAgree(
        Convolution3D.DataFormat.NCDHW, new ZeroPadding3DLayer.Builder(1, 0, 2, 3, 0, 1).build());
    assertSequencesAgree(new ZeroPadding1DLayer.Builder(1, 2).build());
  }

  @ParameterizedTest
  @EnumSource
  void cropsImagesAsDl4jDoes(CNN2DFormat format) {
    assertImagesAgree(format, new Cropping2D.Builder(1, 0, 2, 1).dataFormat(format).build());
  }

  @Test
  void cropsVolumesAndSequencesAsDl4jDoes() {
    assertVolumesAgree(
        Convolution3D.DataFormat.NCDHW, new Cropping3D.Builder(1, 0, 0, 1, 2, 1).build());
    assertSequencesAgree(new Cropping1D.Builder(2, 1).build());
  }

  @ParameterizedTest
  @EnumSource
  void movesBlocksOfPixelsToChannelsAsDl4jDoes(CNN2DFormat format) {
    assertImagesAgree(format, new SpaceToDepthLayer.Builder<>(2, format).build());
  }

  @ParameterizedTest
  @EnumSource
  void movesBlocksOfPixelsToExamplesAsDl4jDoes(CNN2DFormat format) {
    int[][] padding = {{1, 1}, {2, 1}};
    Windowed.of(
            format,
            shape(2, 4, 6),
            new ConvolutionLayer.Builder(1, 1).nIn(2).nOut(3).dataFormat(format).build(),
            new SpaceToBatchLayer.Builder<>(new int[] {2, 3}, padding).dataFormat(format).build())
        .assertActivationsAgree();
  }

  @Test
  void refusesMasksThatWouldNotFitAfterwards() {
    Windowed padded =
        Windowed.of(
            shape(2, 7),
            new Convolution1DLayer.Builder(1).nIn(2).nOut(3).build(),
            new ZeroPadding1DLayer.Builder(1).build());
    INDArray values = padded.values(1, 3);
    INDArray mask = Data.lengths(1, 3, 7);
    try (TorchNetwork torch = padded.network()) {
      assertThatThrownBy(() -> Windowed.activations(torch, values, mask))
          .hasMessage(
              "Layer 1 \"layer1\" (ZeroPadding1DLayer): engine torch has no masks of steps or"
                  + " pixels here; set engine.type: nd4j");
    }
  }

  private static void assertImagesAgree(CNN2DFormat format, Layer layer) {
    Windowed.of(
            format,
            shape(2, 4, 6),
            new ConvolutionLayer.Builder(1, 1).nIn(2).nOut(3).dataFormat(format).build(),
            layer)
        .assertAgree();
  }

  private static void assertVolumesAgree(Convolution3D.DataFormat format, Layer layer) {
    Windowed.of(
            format,
            shape(2, 3, 4, 5),
            new Convolution3D.Builder(1, 1, 1).nIn(2).nOut(3).dataFormat(format).build(),
            layer)
        .assertAgree();
  }

  private static void assertSequencesAgree(Layer layer) {
    Windowed.of(shape(2, 7), new Convolution1DLayer.Builder(1).nIn(2).nOut(3).build(), layer)
        .assertAgree();
  }
}
