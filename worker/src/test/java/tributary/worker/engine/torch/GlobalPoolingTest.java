package tributary.worker.engine.torch;

import java.util.function.IntFunction;
import org.deeplearning4j.nn.conf.CNN2DFormat;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.Convolution3D.DataFormat;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.EmbeddingSequenceLayer;
import org.deeplearning4j.nn.conf.layers.GlobalPoolingLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.PoolingType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.MultiDataSet;
import org.nd4j.linalg.learning.config.Sgd;

class GlobalPoolingTest {
  private static final IntFunction<MultiDataSet> IMAGES = Data.classified(4, 3, 5, 4);

  @ParameterizedTest
  @EnumSource(PoolingType.class)
  void poolsSequencesAsDl4jDoes(PoolingType type) {
    Parity.assertAgree(sequences(type), step -> Words.sentences(step, 7));
  }

  @ParameterizedTest
  @EnumSource(PoolingType.class)
  void leavesPaddedStepsOut(PoolingType type) {
    Parity.assertAgree(
        sequences(type),
        step -> masked(Words.sentences(step, 7), size -> Data.lengths(step, size, 6)));
  }

  @ParameterizedTest
  @EnumSource(PoolingType.class)
  void poolsImagesAsDl4jDoes(PoolingType type) {
    Parity.assertAgree(images(type), IMAGES);
  }

  @ParameterizedTest
  @EnumSource(PoolingType.class)
  void leavesPaddedPixelsOut(PoolingType type) {
    Parity.assertAgree(
        images(type),
        step ->
            masked(
                IMAGES.apply(step), size -> Data.lengths(step, size, 20).reshape(size, 1, 5, 4)));
  }

  @ParameterizedTest
  @EnumSource(PoolingType.class)
  void leavesPaddedRowsOut(PoolingType type) {
    Parity.assertAgree(
        images(type),
        step ->
            masked(IMAGES.apply(step), size -> Data.lengths(step, size, 5).reshape(size, 1, 5, 1)));
  }

  @ParameterizedTest
  @EnumSource(PoolingType.class)
  void poolsVolumesAsDl4jDoes(PoolingType type) {
    Parity.assertAgree(
        stack(InputType.convolutional3D(DataFormat.NCDHW, 3, 2, 4, 5), pooling(type).build()),
        Data.classified(4, 5, 3, 2, 4));
  }

  @ParameterizedTest
  @EnumSource(PoolingType.class)
  void poolsChannelsLast(PoolingType type) {
    Parity.assertAgree(
        stack(
            InputType.convolutional(5, 4, 3, CNN2DFormat.NHWC),
            new BatchNormalization(),
            pooling(type).build()),
        Data.classified(4, 5, 4, 3));
  }

  @ParameterizedTest
  @EnumSource(PoolingType.class)
  void keepsTheDimensionsIfWanted(PoolingType type) {
    Parity.assertAgree(
        stack(
            InputType.convolutional(5, 4, 3),
            new ConvolutionLayer.Builder(1, 1).nOut(5).activation(Activation.TANH).build(),
            pooling(type).collapseDimensions(false).build(),
            new ConvolutionLayer.Builder(1, 1).nOut(5).activation(Activation.TANH).build()),
        IMAGES);
  }

  /** DL4J divides zero by zero there. */
  @Test
  void givesNoGradientToZerosOfANorm() {
    ScoreSlopes.assertFollowed(
        stack(
            InputType.convolutional(5, 4, 3),
            new ConvolutionLayer.Builder(1, 1)
                .nOut(5)
                .activation(Activation.RELU)
                .biasInit(-9)
                .build(),
            pooling(PoolingType.PNORM).build()),
        IMAGES.apply(1));
  }

  private static MultiDataSet masked(MultiDataSet data, IntFunction<INDArray> mask) {
    data.setFeaturesMaskArrays(new INDArray[] {mask.apply((int) data.getFeatures(0).size(0))});
    return data;
  }

  private static MultiLayerConfiguration sequences(PoolingType type) {
    return Stacks.ending(
        new Sgd(0.01),
        null,
        new EmbeddingSequenceLayer.Builder().nIn(7).nOut(3).hasBias(true).build(),
        pooling(type).build(),
        Stacks.output(3));
  }

  private static MultiLayerConfiguration images(PoolingType type) {
    return stack(
        InputType.convolutional(5, 4, 3),
        new ConvolutionLayer.Builder(1, 1).nOut(5).activation(Activation.TANH).build(),
        pooling(type).build());
  }

  private static GlobalPoolingLayer.Builder pooling(PoolingType type) {
    return new GlobalPoolingLayer.Builder(type).pnorm(3);
  }

  private static MultiLayerConfiguration stack(InputType input, Layer... layers) {
    return Stacks.of(new Sgd(0.01), input, layers);
  }
}
