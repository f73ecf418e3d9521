package tributary.worker.model;

import java.util.List;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import tributary.datasets.Checks;

/** Which layers of a network are asked for their activations. */
public final class FeatureLayers {
  /** Stands for what the network reads: a baseline for what its layers make of it. */
  public static final String INPUT = "input";

  private FeatureLayers() {}

  /**
   * The layers that are asked for, each once; if none is, the last before the output layer: of a
   * graph, what its first output reads.
   *
   * @param names {@value #INPUT}, or as {@code inspect --model} tells them: a layer's own name, or
   *     its number in a stack of layers without
   * @throws ModelException if there is no layer of a name; says which there are
   */
  public static List<String> of(ModelConfiguration model, List<String> names) {
    List<String> known = names(model);
    if (names.isEmpty()) {
      return List.of(beforeOutput(model, known));
    }
    List<String> unknown =
        names.stream().filter(name -> !known.contains(name) && !name.equals(INPUT)).toList();
    if (!unknown.isEmpty()) {
      throw new ModelException(
          Checks.format(
              "The network has no layer %s; its layers are %s, and %s is what it reads",
              unknown.get(0), known, INPUT));
    }
    return names.stream().distinct().toList();
  }

  private static List<String> names(ModelConfiguration model) {
    try (Network network = Network.build(model)) {
      return network.layers().stream().map(Network.LayerSummary::name).toList();
    }
  }

  private static String beforeOutput(ModelConfiguration model, List<String> known) {
    String name =
        switch (model.kind()) {
          case MULTI_LAYER -> known.size() < 2 ? "" : known.get(known.size() - 2);
          case GRAPH -> {
            ComputationGraphConfiguration graph = model.graph();
            yield graph.getVertexInputs().get(graph.getNetworkOutputs().get(0)).get(0);
          }
        };
    if (!known.contains(name)) {
      throw new ModelException(
          Checks.format("The network has no layer before its output layer: name one of %s", known));
    }
    return name;
  }
}
