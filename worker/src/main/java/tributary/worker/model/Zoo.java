package tributary.worker.model;

import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/** The networks that come with Tributary, by name. */
public final class Zoo {
  private static final SortedMap<String, ZooModel> MODELS = models();

  private Zoo() {}

  /** The names on offer, sorted. */
  public static List<String> names() {
    return List.copyOf(MODELS.keySet());
  }

  /**
   * Builds the configuration of a named network.
   *
   * @throws ModelException for a name that is not in {@link #names()}
   */
  public static ModelConfiguration configuration(String name, ModelOptions options) {
    ZooModel model = MODELS.get(name);
    if (model == null) {
      throw new ModelException("Unknown model " + name + "; known are " + names());
    }
    Nd4jRuntime.load(); // before DL4J does, in its own way
    return model.configuration(options);
  }

  private static SortedMap<String, ZooModel> models() {
    var models = new TreeMap<String, ZooModel>();
    models.put("lenet", new LeNet());
    return models;
  }
}
