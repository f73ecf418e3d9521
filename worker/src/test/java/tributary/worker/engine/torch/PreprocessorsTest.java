package tributary.worker.engine.torch;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.function.IntFunction;
import org.deeplearning4j.nn.conf.CNN2DFormat;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration.GraphBuilder;
import org.deeplearning4j.nn.conf.InputPreProcessor;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.RNNFormat;
import org.deeplearning4j.nn.conf.graph.GraphVertex;
import org.deeplearning4j.nn.conf.graph.PreprocessorVertex;
import org.deeplearning4j.nn.conf.graph.ReshapeVertex;
import org.deeplearning4j.nn.conf.graph.rnn.LastTimeStepVertex;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.preprocessor.Cnn3DToFeedForwardPreProcessor;
import org.deeplearning4j.nn.conf.preprocessor.CnnToFeedForwardPreProcessor;
import org.deeplearning4j.nn.conf.preprocessor.CnnToRnnPreProcessor;
import org.deeplearning4j.nn.conf.preprocessor.ComposableInputPreProcessor;
import org.deeplearning4j.nn.conf.preprocessor.FeedForwardToCnn3DPreProcessor;
import org.deeplearning4j.nn.conf.preprocessor.FeedForwardToCnnPreProcessor;
import org.deeplearning4j.nn.conf.preprocessor.FeedForwardToRnnPreProcessor;
import org.deeplearning4j.nn.conf.preprocessor.RnnToCnnPreProcessor;
import org.deeplearning4j.nn.conf.preprocessor.RnnToFeedForwardPreProcessor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.MultiDataSet;
import org.nd4j.linalg.learning.config.Adam;

/** DL4J is the oracle; it has paths of its own for one example and for one step. */
class PreprocessorsTest {
  private static final int CLASSES = 3;

  @ParameterizedTest
  @CsvSource({"4, 5", "1, 5", "4, 1", "1, 1"})
  void bringsStepsToRowsAndImagesAndBackAsDl4jDoes(int examples, int steps) {
    GraphBuilder graph =
        graph()
            .addLayer("x", dense(4, 24), new RnnToFeedForwardPreProcessor(RNNFormat.NCW), "in")
            .addVertex("x steps", vertex(new FeedForwardToRnnPreProcessor(RNNFormat.NCW)), "x")
            .addLayer("y", convolution(), new RnnToCnnPreProcessor(4, 3, 2), "x steps")
            .addVertex("y steps", vertex(new CnnToRnnPreProcessor(3, 2, 5)), "y")
            .addVertex("last", new LastTimeStepVertex("in"), "y steps")
            .addLayer("out", output(30), "last");
    Parity.assertAgree(graph.build(), data(examples, 4, steps));
    if (examples * steps > 1) { // DL4J takes no mask of one step
      Parity.assertAgree(graph.build(), masked(data(examples, 4, steps)));
    }
  }

  @ParameterizedTest
  @CsvSource({"4, 5", "1, 5", "4, 1", "1, 1"})
  void takesStepsFirstAsDl4jDoes(int examples, int steps) {
    GraphBuilder graph =
        graph()
            .addLayer("x", dense(4, 24), new RnnToFeedForwardPreProcessor(RNNFormat.NWC), "in")
            .addVertex("x steps", vertex(new FeedForwardToRnnPreProcessor(RNNFormat.NWC)), "x")
            .addLayer(
                "y", convolution(), new RnnToCnnPreProcessor(4, 3, 2, RNNFormat.NWC), "x steps")
            .addVertex("y steps", vertex(new CnnToRnnPreProcessor(3, 2, 5, RNNFormat.NWC)), "y")
            .addVertex("flat", new ReshapeVertex(-1, steps * 30), "y steps")
            .addLayer("out", output(steps * 30), "flat");
    Parity.assertAgree(graph.build(), data(examples, steps, 4));
  }

  @ParameterizedTest
  @ValueSource(strings = {"NCHW", "NHWC"})
  void flattensImagesAsDl4jDoes(CNN2DFormat format) {
    int[] shape = format == CNN2DFormat.NCHW ? new int[] {2, 4, 3} : new int[] {4, 3, 2};
    Parity.assertAgree(
        graph()
            .addLayer("x", dense(24, 24), new CnnToFeedForwardPreProcessor(4, 3, 2, format), "in")
            .addLayer("y", convolution(), new FeedForwardToCnnPreProcessor(4, 3, 2), "x")
            .addLayer("out", output(30), new CnnToFeedForwardPreProcessor(3, 2, 5), "y")
            .build(),
        data(4, shape));
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void flattensVolumesAsDl4jDoes(boolean channelsFirst) {
    Parity.assertAgree(
        graph()
            .addLayer("x", dense(24, 24), "in")
            .addVertex(
                "volumes",
                vertex(new FeedForwardToCnn3DPreProcessor(2, 3, 2, 2, channelsFirst)),
                "x")
            .addLayer(
                "out",
                output(24),
                new Cnn3DToFeedForwardPreProcessor(2, 3, 2, 2, channelsFirst),
                "volumes")
            .build(),
        data(4, 24));
  }

  @Test
  void leavesAloneWhatHasTheShapeAlreadyAsDl4jDoes() {
    Parity.assertAgree(
        graph()
            .addLayer("x", dense(24, 24), new RnnToFeedForwardPreProcessor(RNNFormat.NCW), "in")
            .addVertex("images", vertex(new FeedForwardToCnnPreProcessor(4, 3, 2)), "x")
            .addLayer("y", convolution(), new FeedForwardToCnnPreProcessor(4, 3, 2), "images")
            .addVertex("rows", vertex(new CnnToFeedForwardPreProcessor(3, 2, 5)), "y")
            .addLayer("out", output(30), new CnnToFeedForwardPreProcessor(3, 2, 5), "rows")
            .build(),
        data(4, 24));
  }

  @Test
  void chainsAsDl4jDoes() {
    Parity.assertAgree(
        graph()
            .addLayer("x", dense(4, 24), new RnnToFeedForwardPreProcessor(RNNFormat.NCW), "in")
            .addLayer(
                "y",
                convolution(),
                new ComposableInputPreProcessor(
                    new FeedForwardToRnnPreProcessor(RNNFormat.NCW),
                    new RnnToCnnPreProcessor(4, 3, 2)),
                "x")
            .addVertex(
                "y steps",
                vertex(
                    new ComposableInputPreProcessor(
                        new CnnToFeedForwardPreProcessor(3, 2, 5),
                        new FeedForwardToRnnPreProcessor(RNNFormat.NCW))),
                "y")
            .addVertex("last", new LastTimeStepVertex("in"), "y steps")
            .addLayer("out", output(30), "last")
            .build(),
        masked(data(4, 4, 5)));
  }

  @Test
  void standsInAStackAsInAGraph() {
    Parity.assertAgree(
        new NeuralNetConfiguration.Builder()
            .seed(5)
            .updater(new Adam(1e-2))
            .activation(Activation.TANH)
            .list()
            .layer(dense(4, 24))
            .layer(convolution())
            .layer(output(30))
            .inputPreProcessor(1, new FeedForwardToCnnPreProcessor(4, 3, 2))
            .inputPreProcessor(2, new CnnToFeedForwardPreProcessor(3, 2, 5))
            .build(),
        data(4, 4));
  }

  @Test
  void knowsAllOfDl4jsPreprocessors() {
    assertThat(Preprocessors.known())
        .containsExactlyInAnyOrderElementsOf(
            Dl4jClasses.in(RnnToCnnPreProcessor.class, InputPreProcessor.class));
  }

  private static GraphBuilder graph() {
    return new NeuralNetConfiguration.Builder()
        .seed(5)
        .updater(new Adam(1e-2))
        .activation(Activation.TANH)
        .graphBuilder()
        .addInputs("in")
        .setOutputs("out");
  }

  private static GraphVertex vertex(InputPreProcessor preprocessor) {
    return new PreprocessorVertex(preprocessor);
  }

  private static DenseLayer dense(int inputs, int outputs) {
    return new DenseLayer.Builder().nIn(inputs).nOut(outputs).build();
  }

  private static ConvolutionLayer convolution() {
    return new ConvolutionLayer.Builder(2, 2).nIn(2).nOut(5).build();
  }

  private static OutputLayer output(int inputs) {
    return new OutputLayer.Builder()
        .nIn(inputs)
        .nOut(CLASSES)
        .activation(Activation.SOFTMAX)
        .build();
  }

  private static IntFunction<MultiDataSet> data(int size, int... shape) {
    return step ->
        new MultiDataSet(
            Data.values(step, Data.shape(size, shape)), Data.oneHot(step, size, CLASSES));
  }

  private static IntFunction<MultiDataSet> masked(IntFunction<MultiDataSet> data) {
    return step -> {
      MultiDataSet minibatch = data.apply(step);
      INDArray features = minibatch.getFeatures(0);
      INDArray mask = Data.lengths(step, (int) features.size(0), (int) features.size(2));
      minibatch.setFeaturesMaskArrays(new INDArray[] {mask});
      return minibatch;
    };
  }
}
