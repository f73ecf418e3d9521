package tributary.worker.model;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.graph.FrozenVertex;
import org.deeplearning4j.nn.conf.graph.GraphVertex;
import org.deeplearning4j.nn.conf.graph.LayerVertex;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.misc.FrozenLayer;

/**
 * A configuration that is being changed, whichever of DL4J's two kinds it is. Layers go by the keys
 * that DL4J puts before the names of their parameters: numbers in a stack, names in a graph.
 */
abstract sealed class EditableModel {
  /** A fresh copy of a configuration. */
  static EditableModel of(ModelConfiguration model) {
    return switch (model.kind()) {
      case MULTI_LAYER -> new Stack(model.multiLayer());
      case GRAPH -> new Graph(model.graph());
    };
  }

  /** All layers and vertices. */
  abstract List<String> keys();

  /** How {@code inspect} names a layer. */
  abstract String name(String key);

  /** What comes right before a layer; empty for the first. */
  abstract List<String> before(String key);

  /** The layers and vertices that the outputs are. */
  abstract List<String> outputs();

  /** Number of parameters. */
  abstract long parameterCount(String key);

  /** The layer's configuration; null for a vertex without a layer. */
  abstract Layer layer(String key);

  /** Changes every layer to another one, which may be the same. */
  abstract void replaceLayers(UnaryOperator<Layer> change);

  /** Keeps a layer from training; it runs as in evaluation then. */
  abstract void freeze(String key);

  /** Lets vertices train that are not to; their layers are changed as the others are. */
  abstract void thawVertices();

  /** Sets the seed of initial parameters, and begins to count steps anew. */
  abstract void restart(long seed);

  abstract ModelConfiguration finished();

  /** A layer and all that it depends on. */
  final Set<String> upTo(String key) {
    Set<String> found = new LinkedHashSet<>();
    List<String> next = new ArrayList<>(List.of(key));
    while (!next.isEmpty()) {
      String last = next.remove(next.size() - 1);
      if (found.add(last)) {
        next.addAll(before(last));
      }
    }
    return found;
  }

  static Layer frozen(Layer layer) {
    FrozenLayer frozen = new FrozenLayer(layer);
    frozen.setLayerName(layer.getLayerName());
    return frozen;
  }

  private static final class Stack extends EditableModel {
    private final MultiLayerConfiguration stack;

    Stack(MultiLayerConfiguration stack) {
      this.stack = stack;
    }

    @Override
    List<String> keys() {
      List<String> keys = new ArrayList<>();
      for (int i = 0; i < stack.getConfs().size(); i++) {
        keys.add(Integer.toString(i));
      }
      return keys;
    }

    @Override
    String name(String key) {
      String name = layer(key).getLayerName();
      return name == null ? key : name;
    }

    @Override
    List<String> before(String key) {
      int index = Integer.parseInt(key);
      return index == 0 ? List.of() : List.of(Integer.toString(index - 1));
    }

    @Override
    List<String> outputs() {
      return List.of(Integer.toString(stack.getConfs().size() - 1));
    }

    @Override
    long parameterCount(String key) {
      return layer(key).initializer().numParams(configuration(key));
    }

    @Override
    Layer layer(String key) {
      return configuration(key).getLayer();
    }

    @Override
    void replaceLayers(UnaryOperator<Layer> change) {
      stack.getConfs().forEach(layer -> layer.setLayer(change.apply(layer.getLayer())));
    }

    @Override
    void freeze(String key) {
      configuration(key).setLayer(frozen(layer(key)));
    }

    @Override
    void thawVertices() {}

    @Override
    void restart(long seed) {
      stack.setIterationCount(0);
      stack.setEpochCount(0);
      stack.getConfs().forEach(layer -> restarted(layer, seed));
    }

    @Override
    ModelConfiguration finished() {
      return ModelConfiguration.of(stack);
    }

    private NeuralNetConfiguration configuration(String key) {
      return stack.getConf(Integer.parseInt(key));
    }
  }

  private static final class Graph extends EditableModel {
    private final ComputationGraphConfiguration graph;

    Graph(ComputationGraphConfiguration graph) {
      this.graph = graph;
    }

    @Override
    List<String> keys() {
      return List.copyOf(graph.getVertices().keySet());
    }

    @Override
    String name(String key) {
      return key;
    }

    @Override
    List<String> before(String key) {
      return graph.getVertexInputs().getOrDefault(key, List.of()).stream()
          .filter(graph.getVertices()::containsKey)
          .toList();
    }

    @Override
    List<String> outputs() {
      return graph.getNetworkOutputs();
    }

    @Override
    long parameterCount(String key) {
      return graph.getVertices().get(key).numParams(true);
    }

    @Override
    Layer layer(String key) {
      return graph.getVertices().get(key) instanceof LayerVertex vertex
          ? vertex.getLayerConf().getLayer()
          : null;
    }

    @Override
    void replaceLayers(UnaryOperator<Layer> change) {
      for (GraphVertex vertex : graph.getVertices().values()) {
        if (vertex instanceof LayerVertex layer) {
          layer.getLayerConf().setLayer(change.apply(layer.getLayerConf().getLayer()));
        }
      }
    }

    @Override
    void freeze(String key) {
      GraphVertex vertex = graph.getVertices().get(key);
      if (vertex instanceof LayerVertex layer) {
        layer.getLayerConf().setLayer(frozen(layer.getLayerConf().getLayer()));
      } else if (parameterCount(key) > 0) {
        graph.getVertices().put(key, new FrozenVertex(vertex));
      }
    }

    @Override
    void thawVertices() {
      graph
          .getVertices()
          .replaceAll(
              (key, vertex) ->
                  vertex instanceof FrozenVertex frozen ? frozen.getUnderlying() : vertex);
    }

    @Override
    void restart(long seed) {
      graph.setIterationCount(0);
      graph.setEpochCount(0);
      restarted(graph.getDefaultConfiguration(), seed);
      for (GraphVertex vertex : graph.getVertices().values()) {
        if (vertex instanceof LayerVertex layer) {
          restarted(layer.getLayerConf(), seed);
        }
      }
    }

    @Override
    ModelConfiguration finished() {
      return ModelConfiguration.of(graph);
    }
  }

  private static void restarted(NeuralNetConfiguration layer, long seed) {
    layer.setSeed(seed);
    layer.setIterationCount(0);
    layer.setEpochCount(0);
  }
}
