package tributary.worker.model;

import java.io.Serializable;
import java.util.Locale;
import java.util.Objects;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;

/**
 * A network as DL4J describes it, in DL4J's own JSON. Sent to executors as text, and built there.
 *
 * @param kind which of DL4J's two configuration classes the JSON is of
 * @param json DL4J's JSON, checked by {@link ModelJson}
 */
public record ModelConfiguration(Kind kind, String json) implements Serializable {
  /** DL4J's two kinds of network. */
  public enum Kind {
    /** A stack of layers: {@link MultiLayerConfiguration}. */
    MULTI_LAYER,
    /** A graph of vertices: {@link ComputationGraphConfiguration}. */
    GRAPH;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
  }

  static {
    Nd4jRuntime.load(); // before DL4J does, in its own way
  }

  /** Refuses missing parts. */
  public ModelConfiguration {
    Objects.requireNonNull(kind, "kind");
    Objects.requireNonNull(json, "json");
  }

  /** The configuration of a stack of layers. */
  public static ModelConfiguration of(MultiLayerConfiguration configuration) {
    return new ModelConfiguration(Kind.MULTI_LAYER, configuration.toJson());
  }

  /** The configuration of a graph of vertices. */
  public static ModelConfiguration of(ComputationGraphConfiguration configuration) {
    return new ModelConfiguration(Kind.GRAPH, configuration.toJson());
  }

  /**
   * Reads a configuration that came from outside.
   *
   * @param json the text of a file
   * @param origin names the file in errors
   * @throws ModelException if it is not a DL4J configuration, or names a class that is not allowed
   */
  public static ModelConfiguration parse(String json, String origin) {
    ModelConfiguration model = ModelJson.read(json, origin);
    model.parsed(origin);
    return model;
  }

  /** DL4J's view of a stack of layers; a fresh object each time. */
  public MultiLayerConfiguration multiLayer() {
    return MultiLayerConfiguration.fromJson(json);
  }

  /** DL4J's view of a graph; a fresh object each time. */
  public ComputationGraphConfiguration graph() {
    return ComputationGraphConfiguration.fromJson(json);
  }

  /** Length of the flat parameter vector; takes no memory for it. */
  public long parameterCount() {
    return ModelRules.parameterCount(this);
  }

  /**
   * How many of the parameters are learnt. DL4J counts batch normalisation's running means and
   * variances among them, others do not.
   */
  public long learntCount() {
    return parameterCount() - ModelRules.statisticsCount(this);
  }

  private void parsed(String origin) {
    try {
      Object configuration = kind == Kind.GRAPH ? graph() : multiLayer();
      Objects.requireNonNull(configuration, "configuration");
    } catch (RuntimeException e) {
      throw new ModelException(
          "Cannot read the model configuration " + origin + ": DL4J refuses it: " + e.getMessage(),
          e);
    }
  }
}
