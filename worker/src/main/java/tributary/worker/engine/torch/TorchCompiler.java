package tributary.worker.engine.torch;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.deeplearning4j.nn.conf.BackpropType;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.InputPreProcessor;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.graph.GraphVertex;
import org.deeplearning4j.nn.conf.graph.LayerVertex;
import org.deeplearning4j.nn.conf.layers.Layer;
import tributary.datasets.Checks;
import tributary.worker.engine.torch.TorchGraph.Node;
import tributary.worker.engine.torch.TorchNetwork.Training;
import tributary.worker.model.ModelConfiguration;
import tributary.worker.model.ModelException;
import tributary.worker.model.Network;

/** From a DL4J configuration to a network of libtorch operations. */
final class TorchCompiler {
  private final FlatTensors parameters;

  private TorchCompiler(FlatTensors parameters) {
    this.parameters = parameters;
  }

  /**
   * Compiles a model.
   *
   * @param device where it will run
   * @throws ModelException naming the first layer that this engine can't run, and the remedy
   */
  static TorchNetwork compile(ModelConfiguration model, TorchDevice device) {
    try (Network network = Network.build(model)) {
      FlatTensors parameters = new FlatTensors(network.layout(), device);
      try {
        TorchCompiler compiler = new TorchCompiler(parameters);
        TorchOptimizer optimizer = new TorchOptimizer(parameters, network.updatePlan());
        List<String> layers = network.layers().stream().map(Network.LayerSummary::name).toList();
        return switch (model.kind()) {
          case MULTI_LAYER -> {
            MultiLayerConfiguration stack = model.multiLayer();
            yield new TorchNetwork(
                compiler.stack(stack), layers, training(stack), parameters, optimizer, device);
          }
          case GRAPH -> {
            ComputationGraphConfiguration graph = model.graph();
            yield new TorchNetwork(
                compiler.graph(graph, layers),
                layers,
                training(graph),
                parameters,
                optimizer,
                device);
          }
        };
      } catch (RuntimeException e) {
        parameters.close();
        throw e;
      }
    }
  }

  private TorchGraph stack(MultiLayerConfiguration stack) {
    List<Node> nodes = new ArrayList<>();
    for (int i = 0; i < stack.getConfs().size(); i++) {
      Layer layer = stack.getConf(i).getLayer();
      String name = layer.getLayerName() == null ? "" : " \"" + layer.getLayerName() + '"';
      String place = Checks.format("Layer %d%s (%s)", i, name, layer.getClass().getSimpleName());
      Site site = new Site(place, i + "_", layer, /* frozen= */ false, parameters);
      nodes.add(Node.of(place, i, layer(site, stack.getInputPreProcess(i))));
    }
    return new TorchGraph(1, nodes, List.of(nodes.size()));
  }

  /** The nodes of a graph, in DL4J's topological order. */
  private TorchGraph graph(ComputationGraphConfiguration graph, List<String> order) {
    graph.getNetworkOutputs().forEach(name -> requireOnce(name, graph));
    Map<String, Integer> values = new HashMap<>();
    graph.getNetworkInputs().forEach(input -> values.put(input, values.size()));
    List<Node> nodes = new ArrayList<>();
    for (String name : order) {
      GraphVertex vertex = graph.getVertices().get(name);
      List<String> reads = new ArrayList<>(graph.getVertexInputs().get(name));
      VertexTable.networkInput(vertex).ifPresent(reads::add);
      nodes.add(node(name, vertex, reads.stream().map(values::get).toList()));
      values.put(name, values.size());
    }
    return new TorchGraph(
        graph.getNetworkInputs().size(),
        nodes,
        graph.getNetworkOutputs().stream().map(values::get).toList());
  }

  /** DL4J counts the loss of an output that is listed twice, but not its gradient, twice. */
  private void requireOnce(String name, ComputationGraphConfiguration graph) {
    site(name, graph.getVertices().get(name).getClass(), null)
        .require(
            Collections.frequency(graph.getNetworkOutputs(), name) == 1,
            "output that is listed twice");
  }

  private Node node(String name, GraphVertex vertex, List<Integer> reads) {
    if (vertex instanceof LayerVertex holder) {
      Layer layer = holder.getLayerConf().getLayer();
      Site site = site(name, layer.getClass(), layer);
      return Node.of(site.place(), reads.get(0), layer(site, holder.getPreProcessor()));
    }
    Site site = site(name, vertex.getClass(), null);
    return new Node(site.place(), reads, VertexTable.compile(vertex, site), null);
  }

  private Site site(String name, Class<?> type, Layer layer) {
    String place = Checks.format("Vertex \"%s\" (%s)", name, type.getSimpleName());
    return new Site(place, name + "_", layer, /* frozen= */ false, parameters);
  }

  private static TorchLayer layer(Site site, InputPreProcessor preprocessor) {
    TorchLayer layer = LayerTable.compile(site);
    return preprocessor == null ? layer : layer.after(Preprocessors.of(preprocessor, site));
  }

  private static Training training(MultiLayerConfiguration stack) {
    return training(
        stack.getConf(0),
        stack.getBackpropType(),
        stack.getTbpttFwdLength(),
        stack.getTbpttBackLength());
  }

  private static Training training(ComputationGraphConfiguration graph) {
    return training(
        graph.getDefaultConfiguration(),
        graph.getBackpropType(),
        graph.getTbpttFwdLength(),
        graph.getTbpttBackLength());
  }

  private static Training training(
      NeuralNetConfiguration configuration, BackpropType type, int forward, int backward) {
    boolean truncated = type == BackpropType.TruncatedBPTT;
    return new Training(
        configuration.isMiniBatch(),
        truncated ? forward : 0,
        truncated ? backward : Integer.MAX_VALUE);
  }
}
