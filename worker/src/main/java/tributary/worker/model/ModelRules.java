package tributary.worker.model;

import java.util.ArrayList;
import java.util.List;
import org.deeplearning4j.nn.api.OptimizationAlgorithm;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.graph.GraphVertex;
import org.deeplearning4j.nn.conf.graph.LayerVertex;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.nd4j.linalg.api.buffer.DataType;
import tributary.datasets.Checks;

/** What a DL4J configuration must keep to, checked before a network takes any memory. */
final class ModelRules {
  private ModelRules() {}

  /**
   * Refuses what would not train here, or not to the same bits each time.
   *
   * @throws ModelException naming the setting, what was expected and found
   */
  static void check(ModelConfiguration model) {
    for (NeuralNetConfiguration layer : layers(model)) {
      require(layer.getDataType() == DataType.FLOAT, "dataType", "FLOAT", layer.getDataType());
      require(
          layer.getOptimizationAlgo() == OptimizationAlgorithm.STOCHASTIC_GRADIENT_DESCENT,
          "optimizationAlgo",
          "STOCHASTIC_GRADIENT_DESCENT (others carry a history from round to round)",
          layer.getOptimizationAlgo());
      require(layer.getSeed() != 0, "seed", "another seed (0 means the clock)", layer.getSeed());
    }
    long parameters = parameterCount(model);
    require(
        parameters <= Integer.MAX_VALUE,
        "number of parameters",
        "at most " + Integer.MAX_VALUE,
        parameters);
  }

  /** Length of the flat parameter vector, from the configuration alone. */
  static long parameterCount(ModelConfiguration model) {
    long sum = 0;
    switch (model.kind()) {
      case MULTI_LAYER -> {
        for (NeuralNetConfiguration layer : model.multiLayer().getConfs()) {
          sum = Math.addExact(sum, layer.getLayer().initializer().numParams(layer));
        }
      }
      case GRAPH -> {
        for (GraphVertex vertex : model.graph().getVertices().values()) {
          sum = Math.addExact(sum, vertex.numParams(true));
        }
      }
    }
    return sum;
  }

  /** How many of the parameters are running statistics: of batch normalisation, 2 a channel. */
  static long statisticsCount(ModelConfiguration model) {
    return layers(model).stream()
        .map(NeuralNetConfiguration::getLayer)
        .filter(BatchNormalization.class::isInstance)
        .mapToLong(layer -> 2 * ((BatchNormalization) layer).getNOut())
        .sum();
  }

  static List<NeuralNetConfiguration> layers(ModelConfiguration model) {
    return switch (model.kind()) {
      case MULTI_LAYER -> layers(model.multiLayer());
      case GRAPH -> layers(model.graph());
    };
  }

  private static List<NeuralNetConfiguration> layers(MultiLayerConfiguration stack) {
    return stack.getConfs();
  }

  private static List<NeuralNetConfiguration> layers(ComputationGraphConfiguration graph) {
    List<NeuralNetConfiguration> layers = new ArrayList<>();
    for (GraphVertex vertex : graph.getVertices().values()) {
      if (vertex instanceof LayerVertex layer) {
        layers.add(layer.getLayerConf());
      }
    }
    return layers;
  }

  private static void require(boolean holds, String what, String expected, Object found) {
    if (!holds) {
      throw new ModelException(
          Checks.format("The model's %s: expected %s, found %s", what, expected, found));
    }
  }
}
