package tributary.worker.engine.torch;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.GlobalPoolingLayer;
import org.deeplearning4j.nn.conf.layers.LSTM;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.layers.PoolingType;
import org.deeplearning4j.nn.conf.layers.misc.FrozenLayer;
import org.deeplearning4j.nn.conf.layers.misc.FrozenLayerWithBackprop;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.dataset.MultiDataSet;
import org.nd4j.linalg.learning.config.Adam;
import tributary.worker.model.ModelConfiguration;
import tributary.worker.model.Network;

class FrozenLayersTest {
  @Test
  void leavesFrozenLayersAndTheirInputsAsTheyAre() {
    Parity.assertAgree(
        images(
            new FrozenLayer(new ConvolutionLayer.Builder(3, 3).nIn(3).nOut(4).build()),
            new FrozenLayer(new BatchNormalization.Builder().nIn(4).nOut(4).build()),
            new FrozenLayer(new DenseLayer.Builder().nOut(7).dropOut(0.5).build()),
            new DenseLayer.Builder().nOut(7).build()),
        Data.classified(4, 3, 5, 4));
  }

  @Test
  void leavesLayersBelowAFrozenOneAsTheyAre() {
    Parity.assertAgree(
        images(
            new ConvolutionLayer.Builder(3, 3).nIn(3).nOut(4).build(),
            new FrozenLayer(new DenseLayer.Builder().nOut(7).build()),
            new DenseLayer.Builder().nOut(7).build()),
        Data.classified(4, 3, 5, 4));
  }

  @Test
  void letsGradientsThroughWhereWanted() {
    Parity.assertAgree(
        images(
            new ConvolutionLayer.Builder(2, 2).nOut(4).build(),
            new FrozenLayerWithBackprop(new ConvolutionLayer.Builder(3, 3).nIn(4).nOut(4).build()),
            new DenseLayer.Builder().nOut(7).build(),
            new FrozenLayerWithBackprop(new DenseLayer.Builder().nOut(7).build())),
        Data.classified(4, 3, 5, 4));
  }

  @Test
  void trainsTowardsAFrozenOutput() {
    Parity.assertAgree(
        Stacks.ending(
            new Adam(1e-2),
            InputType.feedForward(6),
            new DenseLayer.Builder().nOut(7).build(),
            new FrozenLayerWithBackprop(
                new OutputLayer.Builder().nIn(7).nOut(4).activation(Activation.SOFTMAX).build())),
        Data.classified(4, 6));
  }

  /** DL4J's own gradient goes through a dropout that its forward pass has not. */
  @Test
  void runsFrozenLayersWithoutNoise() {
    ScoreSlopes.assertFollowed(
        Stacks.of(
            new Adam(1e-2),
            InputType.feedForward(6),
            new DenseLayer.Builder().nOut(5).build(),
            new FrozenLayerWithBackprop(
                new DenseLayer.Builder().nIn(5).nOut(5).dropOut(0.5).build())),
        Data.classified(4, 6).apply(0),
        "0_.*|2_.*");
  }

  /** DL4J itself fails here: it looks for statistics of a minibatch that it hasn't taken. */
  @Test
  void letsGradientsThroughABatchNormalizationByItsRunningStatistics() {
    Layer convolution = new ConvolutionLayer.Builder(2, 2).nIn(3).nOut(4).build();
    Layer untrained = new BatchNormalization.Builder().nIn(4).nOut(4).eps(0).build();
    MultiDataSet minibatch = Data.classified(4, 3, 5, 4).apply(0);
    float[] through =
        gradient(images(convolution, new FrozenLayerWithBackprop(untrained)), minibatch);
    float[] without = gradient(images(convolution), minibatch);
    int weights = 4 * 3 * 2 * 2 + 4;
    assertThat(Arrays.copyOf(through, weights)).containsExactly(Arrays.copyOf(without, weights));
    assertThat(Arrays.copyOfRange(through, weights, weights + 4 * 4)).containsOnly(0);
  }

  @Test
  void letsGradientsThroughAnLstm() {
    ScoreSlopes.assertFollowed(
        Stacks.of(
            new Adam(1e-2),
            InputType.recurrent(4, 3),
            new LSTM.Builder().nOut(5).build(),
            new FrozenLayerWithBackprop(new LSTM.Builder().nIn(5).nOut(5).build()),
            new GlobalPoolingLayer.Builder(PoolingType.SUM).build()),
        Data.classified(4, 4, 3).apply(0),
        "0_.*");
  }

  private static float[] gradient(MultiLayerConfiguration stack, MultiDataSet minibatch) {
    ModelConfiguration model = ModelConfiguration.of(stack);
    TorchRuntime.load();
    try (TorchNetwork torch = TorchCompiler.compile(model, Parity.DEVICE)) {
      torch.load(Network.initialState(model));
      return Parity.gradient(torch, minibatch);
    }
  }

  private static MultiLayerConfiguration images(Layer... layers) {
    return Stacks.of(new Adam(1e-2), InputType.convolutional(5, 4, 3), layers);
  }
}
