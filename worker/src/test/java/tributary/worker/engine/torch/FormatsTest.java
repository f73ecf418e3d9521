package tributary.worker.engine.torch;

import org.deeplearning4j.nn.conf.CNN2DFormat;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.Convolution1DLayer;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.DepthwiseConvolution2D;
import org.deeplearning4j.nn.conf.layers.GlobalPoolingLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.layers.PoolingType;
import org.deeplearning4j.nn.conf.layers.SeparableConvolution2D;
import org.deeplearning4j.nn.conf.layers.Subsampling1DLayer;
import org.deeplearning4j.nn.conf.layers.SubsamplingLayer;
import org.deeplearning4j.nn.conf.layers.Upsampling2D;
import org.deeplearning4j.nn.conf.layers.ZeroPaddingLayer;
import org.deeplearning4j.nn.conf.layers.convolutional.Cropping2D;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.MultiDataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Sgd;

/** Whole networks of layers that move windows, as DL4J lays them out. */
class FormatsTest {
  private static final int STEPS = 12;

  @ParameterizedTest
  @EnumSource
  void runsANetworkInEitherFormatAsDl4jDoes(CNN2DFormat format) {
    MultiLayerConfiguration network =
        builder()
            .convolutionMode(ConvolutionMode.Same)
            .list()
            .layer(new ConvolutionLayer.Builder(3, 3).nOut(4).stride(2, 2).build())
            .layer(new BatchNormalization())
            .layer(new ZeroPaddingLayer(1, 2))
            .layer(new DepthwiseConvolution2D.Builder(3, 3).depthMultiplier(2).build())
            .layer(pooling(PoolingType.MAX, 3))
            .layer(new SeparableConvolution2D.Builder(3, 3).nOut(5).build())
            .layer(new Upsampling2D.Builder(2).build())
            .layer(new Cropping2D(1, 1))
            .layer(pooling(PoolingType.AVG, 2))
            .layer(output())
            .setInputType(InputType.convolutional(12, 11, 3, format))
            .build();
    int[] shape = format == CNN2DFormat.NCHW ? new int[] {3, 12, 11} : new int[] {12, 11, 3};
    Parity.assertAgree(network, Data.classified(3, shape));
  }

  private static SubsamplingLayer pooling(PoolingType type, int kernel) {
    return new SubsamplingLayer.Builder(type, new int[] {kernel, kernel}).stride(2, 2).build();
  }

  @ParameterizedTest
  @EnumSource(names = {"Same", "Truncate", "Causal"})
  void handsMasksOfStepsOnAsDl4jDoes(ConvolutionMode mode) {
    MultiLayerConfiguration network =
        builder()
            .list()
            .layer(
                new Convolution1DLayer.Builder(3)
                    .nIn(2)
                    .nOut(3)
                    .stride(2)
                    .convolutionMode(mode)
                    .build())
            .layer(new Subsampling1DLayer.Builder(2).stride(1).build())
            .layer(new GlobalPoolingLayer.Builder(PoolingType.AVG).build())
            .layer(output())
            .setInputType(InputType.recurrent(2, STEPS))
            .build();
    Parity.assertAgree(
        network,
        step ->
            new MultiDataSet(
                new INDArray[] {Data.values(step, 4, 2, STEPS)},
                new INDArray[] {Data.oneHot(step, 4, 3)},
                new INDArray[] {lengths(step)},
                null));
  }

  /** Long enough that windows over their ends leave some of every sequence. */
  private static INDArray lengths(long seed) {
    return Nd4j.hstack(Nd4j.ones(4, STEPS / 2), Data.lengths(seed, 4, STEPS / 2));
  }

  private static NeuralNetConfiguration.Builder builder() {
    return new NeuralNetConfiguration.Builder()
        .seed(3)
        .updater(new Sgd(0.05))
        .activation(Activation.TANH)
        .biasInit(0.1);
  }

  private static OutputLayer output() {
    return new OutputLayer.Builder().nOut(3).activation(Activation.SOFTMAX).build();
  }
}
