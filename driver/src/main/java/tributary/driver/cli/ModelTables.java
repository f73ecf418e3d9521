package tributary.driver.cli;

import static tributary.driver.cli.Inspection.line;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import tributary.worker.engine.EngineSettings;
import tributary.worker.executor.Engines;
import tributary.worker.model.ModelConfiguration;
import tributary.worker.model.ModelCost;
import tributary.worker.model.Network;
import tributary.worker.model.ParameterLayout;
import tributary.worker.model.ParameterTensor;

/** What {@code inspect} tells of a model. */
final class ModelTables {
  /** Characters of a layer's name. */
  private static final int LEAST_WIDTH = 16;

  private ModelTables() {}

  /** Layers and parameters, and which engines run the model. */
  static void add(StringBuilder text, ObjectNode json, ModelConfiguration model) {
    try (Network network = Network.build(model)) {
      ParameterLayout layout = network.layout();
      json.put("kind", model.kind().toString())
          .put("parameters", layout.parameterCount())
          .put("learnt-parameters", model.learntCount())
          .put("optimizer-values", layout.optimizerSize());
      int width = widest(network.layers().stream().map(Network.LayerSummary::name));
      line(text, "%s %-24s %12s  %s", pad("layer", width), "type", "parameters", "shapes");
      ArrayNode layers = json.putArray("layers");
      for (Network.LayerSummary layer : network.layers()) {
        List<ParameterTensor> tensors =
            layout.tensors().stream().filter(t -> t.layer().equals(layer.name())).toList();
        long count = tensors.stream().mapToLong(ParameterTensor::size).sum();
        String shapes =
            tensors.stream()
                .map(tensor -> tensor.name() + tensor.shape())
                .collect(Collectors.joining(" "));
        line(text, "%s %-24s %12d  %s", pad(layer.name(), width), layer.type(), count, shapes);
        ObjectNode entry = layers.addObject().put("name", layer.name()).put("type", layer.type());
        ObjectNode parameters = entry.put("parameters", count).putObject("shapes");
        for (ParameterTensor tensor : tensors) {
          tensor.shape().forEach(parameters.putArray(tensor.name())::add);
        }
      }
      line(text, "%s %-24s %12d", pad("total", width), model.kind(), layout.parameterCount());
      long statistics = layout.parameterCount() - model.learntCount();
      if (statistics > 0) {
        line(
            text,
            "  of these %d are learnt, %d running statistics of batch normalisation",
            model.learntCount(),
            statistics);
      }
    }
    addEngines(text, json.putObject("engines"), model);
  }

  /** What one example costs, by layer and in all. */
  static void addCost(StringBuilder text, ObjectNode json, ModelCost cost) {
    int width = widest(cost.layers().stream().map(ModelCost.LayerCost::name));
    line(text, "%s %14s  %s", pad("layer", width), "MFLOP", "output of one example");
    ArrayNode layers = json.putObject("cost").putArray("layers");
    for (ModelCost.LayerCost layer : cost.layers()) {
      String shape =
          layer.shape().stream().skip(1).map(Object::toString).collect(Collectors.joining("x"));
      line(text, "%s %14.3f  %s", pad(layer.name(), width), layer.flops() / 1e6, shape);
      layers
          .addObject()
          .put("name", layer.name())
          .put("output", shape)
          .put("mflop", layer.flops() / 1e6);
    }
    line(
        text,
        "forward pass of one example: %.4f GFLOP, two for each use of a weight",
        cost.flops() / 1e9);
    line(
        text,
        "memory of one example: %.3f MB, its values and what layers make of them, in 32 bits",
        cost.activationBytes() / 1e6);
    json.withObject("/cost")
        .put("gflop", cost.flops() / 1e9)
        .put("megabytes", cost.activationBytes() / 1e6);
  }

  private static int widest(Stream<String> names) {
    return Math.max(LEAST_WIDTH, names.mapToInt(String::length).max().orElse(0));
  }

  private static String pad(String name, int width) {
    return name + " ".repeat(width - name.length());
  }

  private static void addEngines(StringBuilder text, ObjectNode json, ModelConfiguration model) {
    for (EngineSettings.Type type : EngineSettings.Type.values()) {
      String name = type.name().toLowerCase(Locale.ROOT);
      String verdict =
          Engines.refusal(new EngineSettings(type, /* threads= */ 1), model).orElse("runs it");
      line(text, "engine %-9s %s", name, verdict);
      json.put(name, verdict);
    }
  }
}
