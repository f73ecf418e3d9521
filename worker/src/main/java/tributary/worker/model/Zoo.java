package tributary.worker.model;

import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import tributary.datasets.Checks;

/** The networks that come with Tributary, by name. */
public final class Zoo {
  private static final SortedMap<String, ZooModel> MODELS =
      new TreeMap<>(
          Map.of(
              "char-lm", new CharLm(),
              "lenet", new LeNet(),
              "lstm-classifier", new LstmClassifier(),
              "lstm-tagger", new LstmTagger()));

  private Zoo() {}

  /** The names on offer, sorted. */
  public static List<String> names() {
    return List.copyOf(MODELS.keySet());
  }

  /** The names of the networks that take such input, sorted. */
  public static List<String> names(ModelInput input) {
    return names(input.kind());
  }

  /**
   * Builds the configuration of a named network.
   *
   * @throws ModelException for a name that is not in {@link #names()}, and for input or variants
   *     that the network does not have
   */
  public static ModelConfiguration configuration(String name, ModelOptions options) {
    ZooModel model = MODELS.get(name);
    if (model == null) {
      throw new ModelException("Unknown model " + name + "; known are " + names());
    }
    requireInput(name, model, options.input());
    requireOptions(name, model, options.variant());
    Nd4jRuntime.load(); // before DL4J does, in its own way
    return model.configuration(options);
  }

  private static void requireInput(String name, ZooModel model, ModelInput input) {
    if (!model.takes().equals(input.kind())) {
      throw new ModelException(
          Checks.format(
              "Model %s takes %s, the data are %s; models of %s are %s",
              name, model.takes(), input.kind(), input.kind(), names(input)));
    }
  }

  private static void requireOptions(String name, ZooModel model, ModelVariant variant) {
    var refused = new TreeSet<>(variant.chosen());
    refused.removeAll(model.options());
    if (!refused.isEmpty()) {
      throw new ModelException(
          Checks.format(
              "Model %s has no settings %s under \"model\"; it has %s",
              name, refused, new TreeSet<>(model.options())));
    }
  }

  private static List<String> names(String kind) {
    return MODELS.entrySet().stream()
        .filter(entry -> entry.getValue().takes().equals(kind))
        .map(Map.Entry::getKey)
        .toList();
  }
}
