package tributary.worker.model;

import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration.GraphBuilder;
import org.deeplearning4j.nn.conf.graph.GraphVertex;
import org.deeplearning4j.nn.conf.graph.LayerVertex;
import org.deeplearning4j.nn.conf.graph.SubsetVertex;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.FeedForwardLayer;
import org.deeplearning4j.nn.conf.layers.GlobalPoolingLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.LocalResponseNormalization;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.layers.PoolingType;
import org.deeplearning4j.nn.conf.layers.SubsamplingLayer;
import org.deeplearning4j.nn.weights.WeightInit;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.lossfunctions.ILossFunction;
import org.nd4j.linalg.lossfunctions.impl.LossMCXENT;
import tributary.datasets.Checks;
import tributary.datasets.shard.ImageShape;

/** A graph over images that is being built, and the layers that such networks are made of. */
final class ImageGraph {
  /** The name of the input. */
  static final String IMAGE = "image";

  private final GraphBuilder graph;

  /** Channels of the vertices that are a part of another's. */
  private final Map<String, Integer> parts = new HashMap<>();

  /** Channels that layers over such parts read. */
  private final Map<String, Integer> readers = new TreeMap<>();

  ImageGraph(ModelOptions options) {
    graph =
        options.builder().graphBuilder().addInputs(IMAGE).setInputTypes(inputType(options.image()));
  }

  static InputType inputType(ImageShape image) {
    return InputType.convolutional(image.height(), image.width(), image.channels());
  }

  /** Refuses images with a side shorter than {@code least} pixels. */
  static void requireSide(String model, ImageShape image, int least) {
    if (Math.min(image.height(), image.width()) < least) {
      throw new ModelException(
          Checks.format(
              "%s needs images of at least %dx%d, found %dx%d",
              model, least, least, image.height(), image.width()));
    }
  }

  /**
   * The chosen width or the published one, of which the network's other widths are multiples.
   *
   * @param divisor what the width must be a multiple of, so that they are whole
   */
  static int width(String model, ModelOptions options, int published, int divisor) {
    int width = options.variant().width().orElse(published);
    if (width % divisor != 0) {
      throw new ModelException(
          Checks.format(
              "%s needs a model.width that is a multiple of %d, found %d", model, divisor, width));
    }
    return width;
  }

  /** Adds a layer; gives its name. */
  String layer(String name, Layer layer, String from) {
    graph.addLayer(name, layer, from);
    if (parts.containsKey(from)) {
      readers.put(name, parts.get(from));
    }
    return name;
  }

  /** Adds a vertex of some channels of another; gives its name. */
  String channels(String name, int first, int count, String from) {
    parts.put(name, count);
    return vertex(name, new SubsetVertex(first, first + count - 1), from);
  }

  /** Adds what is no layer; gives its name. */
  String vertex(String name, GraphVertex vertex, String... from) {
    graph.addVertex(name, vertex, from);
    return name;
  }

  /** The whole, whose evaluation reads the first of the outputs. */
  ModelConfiguration build(String... outputs) {
    ComputationGraphConfiguration built = graph.setOutputs(outputs).build();
    readers.forEach(
        (name, channels) -> { // DL4J takes a part's channels to be its first less its last
          LayerVertex reader = (LayerVertex) built.getVertices().get(name);
          ((FeedForwardLayer) reader.getLayerConf().getLayer()).setNIn(channels);
        });
    return ModelConfiguration.of(built);
  }

  /** A square convolution, with biases and rectified. */
  static ConvolutionLayer convolution(int channels, int kernel, int stride, int padding) {
    return convolution(channels, kernel, stride, padding, Activation.RELU).build();
  }

  static ConvolutionLayer.Builder convolution(
      int channels, int kernel, int stride, int padding, Activation activation) {
    return new ConvolutionLayer.Builder(kernel, kernel)
        .stride(stride, stride)
        .padding(padding, padding)
        .nOut(channels)
        .activation(activation);
  }

  /** The largest of each square. */
  static SubsamplingLayer largest(int kernel, int stride, int padding) {
    return pooling(SubsamplingLayer.PoolingType.MAX, kernel, stride, padding);
  }

  static SubsamplingLayer pooling(
      SubsamplingLayer.PoolingType type, int kernel, int stride, int padding) {
    return new SubsamplingLayer.Builder(
            type,
            new int[] {kernel, kernel},
            new int[] {stride, stride},
            new int[] {padding, padding})
        .build();
  }

  /** The mean over all pixels of each channel. */
  static GlobalPoolingLayer meanOfPixels() {
    return new GlobalPoolingLayer(PoolingType.AVG);
  }

  static ActivationLayer rectifier() {
    return new ActivationLayer.Builder().activation(Activation.RELU).build();
  }

  /** Krizhevsky et al., section 3.3, with the paper's constants. */
  static LocalResponseNormalization localResponse() {
    return new LocalResponseNormalization.Builder().k(2).n(5).alpha(1e-4).beta(0.75).build();
  }

  /**
   * A rectified dense layer.
   *
   * @param kept see {@link ModelOptions#kept}; of its input
   */
  static DenseLayer dense(int units, double kept) {
    return new DenseLayer.Builder().nOut(units).activation(Activation.RELU).dropOut(kept).build();
  }

  /** The likelihood of each class. */
  static OutputLayer softmax(int classes, double kept) {
    return softmax(classes, kept, new LossMCXENT());
  }

  static OutputLayer softmax(int classes, double kept, ILossFunction loss) {
    return new OutputLayer.Builder(loss)
        .nOut(classes)
        .activation(Activation.SOFTMAX)
        .weightInit(WeightInit.XAVIER)
        .dropOut(kept)
        .build();
  }
}
