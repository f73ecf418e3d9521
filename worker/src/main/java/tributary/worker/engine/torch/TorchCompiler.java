package tributary.worker.engine.torch;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.deeplearning4j.nn.conf.GradientNormalization;
import org.deeplearning4j.nn.conf.InputPreProcessor;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.deeplearning4j.nn.conf.layers.BaseLayer;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.layers.SubsamplingLayer;
import org.deeplearning4j.nn.conf.preprocessor.CnnToFeedForwardPreProcessor;
import org.deeplearning4j.nn.conf.preprocessor.FeedForwardToCnnPreProcessor;
import tributary.datasets.Checks;
import tributary.worker.model.ModelConfiguration;
import tributary.worker.model.ModelException;
import tributary.worker.model.Network;

/**
 * From a DL4J configuration to a network of libtorch operations; adding a layer is adding a row.
 */
final class TorchCompiler {
  private static final Map<Class<? extends Layer>, Row> LAYERS =
      Map.of(
          DenseLayer.class, TorchLayers::dense,
          OutputLayer.class, TorchLayers::sums,
          ConvolutionLayer.class, TorchLayers::convolution,
          SubsamplingLayer.class, TorchLayers::pooling,
          ActivationLayer.class, TorchLayers::activation);

  private TorchCompiler() {}

  /** How one kind of layer is compiled. */
  interface Row {
    TorchLayer compile(Place place, FlatTensors parameters);
  }

  /**
   * A layer and where it stands.
   *
   * @param index in the stack
   * @param layer DL4J's configuration of it
   */
  record Place(int index, Layer layer) {
    /** DL4J's name of one of the layer's parameters in the network. */
    String parameter(String name) {
      return index + "_" + name;
    }

    /** A refusal that names the layer, what it asks for, and the remedy. */
    ModelException refusal(String what) {
      String name = layer.getLayerName() == null ? "" : " \"" + layer.getLayerName() + '"';
      return new ModelException(
          Checks.format(
              "Layer %d%s (%s): engine torch has no %s yet; set engine.type: nd4j",
              index, name, layer.getClass().getSimpleName(), what));
    }

    void require(boolean holds, String what) {
      if (!holds) {
        throw refusal(what);
      }
    }
  }

  /**
   * Compiles a model.
   *
   * @throws ModelException naming the first layer that this engine can't run, and the remedy
   */
  static TorchNetwork compile(ModelConfiguration model) {
    if (model.kind() == ModelConfiguration.Kind.GRAPH) {
      throw new ModelException("Engine torch runs no graphs yet; set engine.type: nd4j");
    }
    MultiLayerConfiguration stack = model.multiLayer();
    try (Network network = Network.build(model)) {
      FlatTensors parameters = new FlatTensors(network.layout());
      List<TorchLayer> layers = new ArrayList<>();
      Place last = null;
      for (int i = 0; i < stack.getConfs().size(); i++) {
        last = new Place(i, stack.getConf(i).getLayer());
        addPreprocessor(stack.getInputPreProcess(i), last, layers);
        layers.add(layer(stack.getConf(i), last, parameters));
      }
      return new TorchNetwork(
          parameters,
          layers,
          TorchLayers.output(last),
          new TorchOptimizer(parameters, network.updateBlocks(), network.layout().optimizerSize()));
    }
  }

  private static TorchLayer layer(
      NeuralNetConfiguration configuration, Place place, FlatTensors parameters) {
    Row row = LAYERS.get(place.layer().getClass());
    place.require(row != null, "such layer");
    place.require(configuration.isMiniBatch(), "sum over a minibatch");
    place.require(place.layer().getIDropout() == null, "dropout");
    place.require(
        place.layer().getConstraints() == null || place.layer().getConstraints().isEmpty(),
        "constraints");
    if (place.layer() instanceof BaseLayer base) {
      place.require(base.getWeightNoise() == null, "weight noise");
      place.require(
          base.getGradientNormalization() == null
              || base.getGradientNormalization() == GradientNormalization.None,
          "gradient normalization");
    }
    return row.compile(place, parameters);
  }

  private static void addPreprocessor(
      InputPreProcessor preprocessor, Place place, List<TorchLayer> layers) {
    if (preprocessor == null) {
      return;
    }
    if (preprocessor.getClass() == CnnToFeedForwardPreProcessor.class) {
      layers.add(input -> input.flatten(1, -1));
    } else if (preprocessor instanceof FeedForwardToCnnPreProcessor toCnn) {
      layers.add(
          input ->
              input.dim() == 4
                  ? input
                  : input.reshape(
                      input.size(0),
                      toCnn.getNumChannels(),
                      toCnn.getInputHeight(),
                      toCnn.getInputWidth()));
    } else {
      throw place.refusal("preprocessor " + preprocessor.getClass().getSimpleName());
    }
  }
}
