package tributary.worker.engine.torch;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.function.IntFunction;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.RNNFormat;
import org.deeplearning4j.nn.conf.distribution.NormalDistribution;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.AutoEncoder;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.DropoutLayer;
import org.deeplearning4j.nn.conf.layers.EmbeddingSequenceLayer;
import org.deeplearning4j.nn.conf.layers.GlobalPoolingLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.PReLULayer;
import org.deeplearning4j.nn.conf.layers.PoolingType;
import org.deeplearning4j.nn.conf.layers.misc.ElementWiseMultiplicationLayer;
import org.deeplearning4j.nn.conf.layers.misc.RepeatVector;
import org.deeplearning4j.nn.conf.layers.util.MaskLayer;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.MultiDataSet;
import org.nd4j.linalg.learning.config.Sgd;

@SuppressWarnings("try") // scopes are held, not used
class SimpleLayersTest {
  private static final IntFunction<MultiDataSet> ROWS = Data.classified(4, 6);

  @Test
  void scalesEachFeature() {
    Parity.assertAgree(
        rows(
            new ElementWiseMultiplicationLayer.Builder()
                .nOut(7)
                .activation(Activation.SIGMOID)
                .build()),
        ROWS);
  }

  @Test
  void encodesAsAnAutoencodersFirstHalf() {
    Parity.assertAgree(
        rows(new AutoEncoder.Builder().nOut(5).activation(Activation.SIGMOID).build()), ROWS);
  }

  @Test
  void bendsEachFeatureByASlopeOfItsOwn() {
    Parity.assertAgree(rows(prelu(7).build()), ROWS);
  }

  @Test
  void bendsImagesBySlopesOfPixelsOrOfChannels() {
    for (PReLULayer layer :
        new PReLULayer[] {
          prelu(2, 3, 2).build(),
          prelu(2, 3, 2).sharedAxes(2, 3).build(),
          prelu(2, 3, 2).sharedAxes(1).build()
        }) {
      Parity.assertAgree(
          Stacks.of(
              new Sgd(0.1),
              InputType.convolutional(3, 2, 3),
              new ConvolutionLayer.Builder(1, 1).nOut(2).build(),
              layer),
          Data.classified(4, 3, 3, 2));
    }
  }

  @Test
  void repeatsVectors() {
    Parity.assertAgree(
        rows(
            new RepeatVector.Builder<>(3).build(),
            new GlobalPoolingLayer.Builder(PoolingType.SUM).build()),
        ROWS);
  }

  @Test
  void repeatsVectorsBeforeFeaturesIfWanted() {
    Layer repeat = new RepeatVector.Builder<>(3).dataFormat(RNNFormat.NWC).build();
    try (Single layer = new Single(Stacks.of(new Sgd(0.1), InputType.feedForward(2), repeat));
        PointerScope scope = new PointerScope()) {
      Tensor vectors = torch.tensor(1f, 2f, 3f, 4f).view(2, 2);
      Tensor repeated = layer.evaluate(Masked.all(vectors));
      assertThat(repeated.shape()).containsExactly(2, 3, 2);
      assertThat(Parity.floats(repeated)).containsExactly(1, 2, 1, 2, 1, 2, 3, 4, 3, 4, 3, 4);
    }
  }

  @Test
  void masksRows() {
    Parity.assertAgree(
        rows(new MaskLayer()),
        step -> masked(ROWS.apply(step), size -> Data.lengths(step, 1, size).reshape(size, 1)));
  }

  @Test
  void masksImages() {
    Parity.assertAgree(
        Stacks.of(
            new Sgd(0.1),
            InputType.convolutional(5, 4, 3),
            new BatchNormalization(),
            new MaskLayer(),
            new GlobalPoolingLayer(PoolingType.MAX)),
        step ->
            masked(
                Data.classified(4, 3, 5, 4).apply(step),
                size -> Data.lengths(step, size, 5).reshape(size, 1, 5, 1)));
  }

  @Test
  void masksSequences() {
    Parity.assertAgree(
        Stacks.ending(
            new Sgd(0.1),
            null,
            new EmbeddingSequenceLayer.Builder().nIn(7).nOut(5).build(),
            new MaskLayer(),
            new GlobalPoolingLayer.Builder(PoolingType.AVG).build(),
            Stacks.output(5)),
        step -> masked(Words.sentences(step, 7), size -> Data.lengths(step, size, 6)));
  }

  @Test
  void masksRowsWhereDropoutIs() {
    Parity.assertAgree(
        rows(new DropoutLayer(1.0)),
        step -> masked(ROWS.apply(step), size -> Data.lengths(step, 1, size).reshape(size, 1)));
  }

  private static PReLULayer.Builder prelu(long... shape) {
    return new PReLULayer.Builder().inputShape(shape).weightInit(new NormalDistribution(0.3, 0.1));
  }

  private static MultiLayerConfiguration rows(Layer... layers) {
    Layer[] all = new Layer[layers.length + 1];
    all[0] = new DenseLayer.Builder().nOut(7).build();
    System.arraycopy(layers, 0, all, 1, layers.length);
    return Stacks.of(new Sgd(0.1), InputType.feedForward(6), all);
  }

  private static MultiDataSet masked(MultiDataSet data, IntFunction<INDArray> mask) {
    data.setFeaturesMaskArrays(new INDArray[] {mask.apply((int) data.getFeatures(0).size(0))});
    return data;
  }
}
