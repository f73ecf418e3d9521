package tributary.worker.engine.torch;

import java.util.Arrays;
import java.util.function.IntFunction;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration.GraphBuilder;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.RNNFormat;
import org.deeplearning4j.nn.conf.graph.GraphVertex;
import org.deeplearning4j.nn.conf.graph.PreprocessorVertex;
import org.deeplearning4j.nn.conf.graph.rnn.LastTimeStepVertex;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.preprocessor.FeedForwardToRnnPreProcessor;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.MultiDataSet;
import org.nd4j.linalg.learning.config.Adam;

/** Small graphs with a vertex between layers that learn, so that gradients go through it. */
final class VertexGraphs {
  static final int CLASSES = 3;

  private VertexGraphs() {}

  /** What one example of an input or of a layer's output is. */
  enum Kind {
    ROWS,
    SEQUENCES,
    IMAGES;

    InputType type() {
      return switch (this) {
        case ROWS -> InputType.feedForward(4);
        case SEQUENCES -> InputType.recurrent(4, 5);
        case IMAGES -> InputType.convolutional(6, 5, 2);
      };
    }

    int[] shape() {
      return switch (this) {
        case ROWS -> new int[] {4};
        case SEQUENCES -> new int[] {4, 5};
        case IMAGES -> new int[] {2, 6, 5};
      };
    }
  }

  /** Which sequences have masks. */
  enum Masks {
    NONE,
    FIRST,
    ALL
  }

  /** One vertex over one layer. */
  static GraphBuilder single(Kind kind, GraphVertex vertex) {
    return end(layer(graph(kind), kind, "x", "a").addVertex("v", vertex, "x"), kind);
  }

  /** One vertex over two layers. */
  static GraphBuilder pair(Kind kind, GraphVertex vertex) {
    GraphBuilder graph = layer(layer(graph(kind, kind), kind, "x", "a"), kind, "y", "b");
    return graph.addVertex("v", vertex, "x", "y");
  }

  /** An output layer over the vertex. */
  static GraphBuilder end(GraphBuilder graph, Kind kind) {
    return kind == Kind.SEQUENCES
        ? graph
            .addVertex("last", new LastTimeStepVertex("a"), "v")
            .addLayer("out", output(), "last")
        : graph.addLayer("out", output(), "v");
  }

  /** A layer that gives what it takes: rows, sequences or images. */
  static GraphBuilder layer(GraphBuilder graph, Kind kind, String name, String input) {
    return switch (kind) {
      case ROWS -> graph.addLayer(name, dense(5), input);
      case SEQUENCES ->
          graph.addLayer(name + " rows", dense(5), input).addVertex(name, steps(), name + " rows");
      case IMAGES ->
          graph.addLayer(name, new ConvolutionLayer.Builder(2, 2).nOut(3).build(), input);
    };
  }

  static GraphVertex steps() {
    return new PreprocessorVertex(new FeedForwardToRnnPreProcessor(RNNFormat.NCW));
  }

  static GraphBuilder graph(Kind... inputs) {
    return inputs.length == 1
        ? withInputs("a").setInputTypes(inputs[0].type())
        : withInputs("a", "b").setInputTypes(inputs[0].type(), inputs[1].type());
  }

  static GraphBuilder withInputs(String... inputs) {
    return new NeuralNetConfiguration.Builder()
        .seed(5)
        .updater(new Adam(1e-2))
        .activation(Activation.TANH)
        .graphBuilder()
        .addInputs(inputs)
        .setOutputs("out");
  }

  static DenseLayer dense(int size) {
    return new DenseLayer.Builder().nOut(size).build();
  }

  static OutputLayer output() {
    return new OutputLayer.Builder().nOut(CLASSES).activation(Activation.SOFTMAX).build();
  }

  static IntFunction<MultiDataSet> data(Masks masks, Kind... inputs) {
    return data(masks, Arrays.stream(inputs).map(Kind::shape).toArray(int[][]::new));
  }

  static IntFunction<MultiDataSet> data(Masks masks, int[]... shapes) {
    return step -> {
      int size = 4 + (step & 3);
      INDArray[] features = new INDArray[shapes.length];
      INDArray[] counting = new INDArray[shapes.length];
      for (int i = 0; i < shapes.length; i++) {
        long seed = 10L * step + i;
        features[i] = Data.values(seed, Data.shape(size, shapes[i]));
        if (shapes[i].length == 2 && (masks == Masks.ALL || (masks == Masks.FIRST && i == 0))) {
          counting[i] = Data.lengths(seed, size, shapes[i][1]);
        }
      }
      INDArray[] labels = {Data.oneHot(step, size, CLASSES)};
      return new MultiDataSet(features, labels, masks == Masks.NONE ? null : counting, null);
    };
  }

  static void assertAgree(GraphBuilder graph, IntFunction<MultiDataSet> minibatches) {
    Parity.assertAgree(graph.build(), minibatches);
  }
}
