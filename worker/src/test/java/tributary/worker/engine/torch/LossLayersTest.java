package tributary.worker.engine.torch;

import java.util.function.IntFunction;
import org.deeplearning4j.nn.conf.CNN2DFormat;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.Cnn3DLossLayer;
import org.deeplearning4j.nn.conf.layers.CnnLossLayer;
import org.deeplearning4j.nn.conf.layers.Convolution3D;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.LossLayer;
import org.deeplearning4j.nn.conf.layers.PReLULayer;
import org.deeplearning4j.nn.weights.WeightInit;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.MultiDataSet;
import org.nd4j.linalg.learning.config.Sgd;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;

class LossLayersTest {
  @Test
  void judgesRows() {
    Parity.assertAgree(rows(), Data.classified(4, 6));
  }

  @Test
  void leavesMaskedRowsOut() {
    Parity.assertAgree(
        rows(),
        step ->
            masked(
                Data.classified(4, 6).apply(step),
                size -> Data.lengths(step, 1, size).reshape(size, 1)));
  }

  @Test
  void judgesImagesPixelByPixel() {
    Parity.assertAgree(images(), LossLayersTest::pixels);
  }

  @Test
  void leavesMaskedPixelsOut() {
    Parity.assertAgree(
        images(),
        step -> masked(pixels(step), size -> Data.lengths(step, size, 20).reshape(size, 1, 5, 4)));
    Parity.assertAgree(
        images(),
        step -> masked(pixels(step), size -> Data.lengths(step, size, 20).reshape(size, 5, 4)));
    Parity.assertAgree(
        images(),
        step -> masked(pixels(step), size -> Data.lengths(step, 1, size).reshape(size, 1)));
  }

  @Test
  void judgesImagesOfChannelsLast() {
    // DL4J scores the channels of this layout as if they came first, which a sum doesn't show
    Parity.assertAgree(
        Stacks.ending(
            new Sgd(0.1),
            InputType.convolutional(5, 4, 3, CNN2DFormat.NHWC),
            new BatchNormalization(),
            new CnnLossLayer.Builder(LossFunction.XENT)
                .activation(Activation.SIGMOID)
                .format(CNN2DFormat.NHWC)
                .build()),
        step -> {
          int size = 3 + (step & 3);
          return new MultiDataSet(
              Data.values(step, size, 5, 4, 3),
              Data.oneHot(step, size, 3, 5, 4).permute(0, 2, 3, 1).dup('c'));
        });
  }

  @Test
  void judgesVolumesVoxelByVoxel() {
    Parity.assertAgree(volumes(), LossLayersTest::voxels);
  }

  @Test
  void leavesMaskedVoxelsOut() {
    Parity.assertAgree(
        volumes(),
        step ->
            masked(voxels(step), size -> Data.lengths(step, size, 24).reshape(size, 1, 2, 3, 4)));
    Parity.assertAgree(
        volumes(),
        step ->
            masked(voxels(step), size -> Data.lengths(step, size, 2).reshape(size, 1, 2, 1, 1)));
  }

  private static MultiLayerConfiguration rows() {
    return Stacks.ending(
        new Sgd(0.1),
        InputType.feedForward(6),
        new DenseLayer.Builder().nOut(4).activation(Activation.IDENTITY).build(),
        new LossLayer.Builder(LossFunction.MCXENT).activation(Activation.SOFTMAX).build());
  }

  private static MultiLayerConfiguration images() {
    return Stacks.ending(
        new Sgd(0.1),
        InputType.convolutional(5, 4, 3),
        new ConvolutionLayer.Builder(1, 1).nOut(4).activation(Activation.TANH).build(),
        new CnnLossLayer.Builder(LossFunction.MCXENT).activation(Activation.SOFTMAX).build());
  }

  private static MultiDataSet pixels(int step) {
    int size = 3 + (step & 3);
    return new MultiDataSet(Data.values(step, size, 3, 5, 4), Data.oneHot(step, size, 4, 5, 4));
  }

  private static MultiLayerConfiguration volumes() {
    return Stacks.ending(
        new Sgd(0.1),
        InputType.convolutional3D(Convolution3D.DataFormat.NCDHW, 2, 3, 4, 4),
        new PReLULayer.Builder().inputShape(4, 2, 3, 4).weightInit(WeightInit.ONES).build(),
        new Cnn3DLossLayer.Builder(Convolution3D.DataFormat.NCDHW)
            .lossFunction(LossFunction.MCXENT)
            .activation(Activation.SOFTMAX)
            .build());
  }

  private static MultiDataSet voxels(int step) {
    int size = 3 + (step & 3);
    return new MultiDataSet(
        Data.values(step, size, 4, 2, 3, 4), Data.oneHot(step, size, 4, 2, 3, 4));
  }

  private static MultiDataSet masked(MultiDataSet data, IntFunction<INDArray> mask) {
    data.setLabelsMaskArray(new INDArray[] {mask.apply((int) data.getFeatures(0).size(0))});
    return data;
  }
}
