package tributary.driver.features;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.apache.parquet.schema.LogicalTypeAnnotation;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName;
import org.apache.parquet.schema.Types;
import tributary.datasets.Checks;
import tributary.driver.conf.ConfigurationException;

/**
 * The columns of a table of features:
 *
 * <pre>
 * key     string        of the example
 * label   int           its class; null if it has none
 * vector  array of float  null if the example cannot be used
 * width   int           of its picture in pixels, upright; null where there is none that can be used
 * height  int
 * error   string        why it cannot be used; null if it can
 * </pre>
 *
 * <p>Vectors of several layers have a column each, {@code vector_LAYER} for {@code vector}.
 */
final class FeatureSchema {
  static final String KEY = "key";
  static final String LABEL = "label";
  static final String VECTOR = "vector";
  static final String WIDTH = "width";
  static final String HEIGHT = "height";
  static final String ERROR = "error";

  private FeatureSchema() {}

  /**
   * The names of the columns of vectors: {@code vector} for one layer; for several, with the names
   * of the layers, in which everything but letters, digits and {@code _} becomes {@code _}.
   *
   * @throws ConfigurationException if two have one name
   */
  static List<String> vectors(List<String> layers) {
    if (layers.size() == 1) {
      return List.of(VECTOR);
    }
    List<String> columns = new ArrayList<>();
    Set<String> seen = new HashSet<>();
    for (String layer : layers) {
      String column = VECTOR + "_" + layer.replaceAll("[^A-Za-z0-9_]", "_");
      if (!seen.add(column)) {
        throw new ConfigurationException(
            List.of(
                Checks.format(
                    "Layers %s: two of them would be the column %s; extract them into two tables",
                    layers, column)));
      }
      columns.add(column);
    }
    return List.copyOf(columns);
  }

  /** The schema of a file. */
  static MessageType of(List<String> vectors) {
    Types.GroupBuilder<MessageType> message =
        Types.buildMessage()
            .required(PrimitiveTypeName.BINARY)
            .as(LogicalTypeAnnotation.stringType())
            .named(KEY)
            .optional(PrimitiveTypeName.INT32)
            .named(LABEL);
    for (String vector : vectors) {
      message = message.optionalList().requiredElement(PrimitiveTypeName.FLOAT).named(vector);
    }
    return message
        .optional(PrimitiveTypeName.INT32)
        .named(WIDTH)
        .optional(PrimitiveTypeName.INT32)
        .named(HEIGHT)
        .optional(PrimitiveTypeName.BINARY)
        .as(LogicalTypeAnnotation.stringType())
        .named(ERROR)
        .named("features");
  }
}
