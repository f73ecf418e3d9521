package tributary.worker.model;

import static java.util.Map.entry;

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
          Map.ofEntries(
              entry("alexnet", new AlexNet()),
              entry("char-lm", new CharLm()),
              entry("googlenet", new GoogLeNet()),
              entry("lenet", new LeNet()),
              entry("lstm-classifier", new LstmClassifier()),
              entry("lstm-rows", new LstmRows()),
              entry("lstm-tagger", new LstmTagger()),
              entry("mlp", new Mlp()),
              entry("resnet101", ResNet.RESNET101),
              entry("resnet152", ResNet.RESNET152),
              entry("resnet18", ResNet.RESNET18),
              entry("resnet34", ResNet.RESNET34),
              entry("resnet50", ResNet.RESNET50),
              entry("squeezenet", new SqueezeNet()),
              entry("vgg16", Vgg.VGG16),
              entry("vgg19", Vgg.VGG19)));

  private Zoo() {}

  /** The names on offer, sorted. */
  public static List<String> names() {
    return List.copyOf(MODELS.keySet());
  }

  /** The names of the networks that take such input, sorted. */
  public static List<String> names(ModelInput input) {
    return MODELS.entrySet().stream()
        .filter(entry -> entry.getValue().usualInput().kind().equals(input.kind()))
        .map(Map.Entry::getKey)
        .toList();
  }

  /**
   * Builds the configuration of a named network.
   *
   * @throws ModelException for a name that is not in {@link #names()}, and for input or variants
   *     that the network does not have
   */
  public static ModelConfiguration configuration(String name, ModelOptions options) {
    ZooModel model = named(name);
    requireInput(name, model, options.input());
    requireOptions(name, model, options.variant());
    Nd4jRuntime.load(); // before DL4J does, in its own way
    return model.configuration(options);
  }

  /**
   * What a named network usually takes.
   *
   * @throws ModelException for a name that is not in {@link #names()}
   */
  public static ModelInput usualInput(String name) {
    return named(name).usualInput();
  }

  /**
   * How many classes a named network usually tells apart.
   *
   * @throws ModelException for a name that is not in {@link #names()}
   */
  public static int usualClasses(String name) {
    return named(name).usualClasses();
  }

  private static ZooModel named(String name) {
    ZooModel model = MODELS.get(name);
    if (model == null) {
      throw new ModelException("Unknown model " + name + "; known are " + names());
    }
    return model;
  }

  private static void requireInput(String name, ZooModel model, ModelInput input) {
    String taken = model.usualInput().kind();
    if (!taken.equals(input.kind())) {
      throw new ModelException(
          Checks.format(
              "Model %s takes %s, the data are %s; models of %s are %s",
              name, taken, input.kind(), input.kind(), names(input)));
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
}
