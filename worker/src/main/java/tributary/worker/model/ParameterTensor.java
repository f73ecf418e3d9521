package tributary.worker.model;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * One named tensor inside the flat parameter vector.
 *
 * @param name DL4J's name: layer, underscore, parameter, such as {@code 2_W}
 * @param layer the layer's name within the network
 * @param offset index of the first value in the flat vector
 * @param shape the tensor's dimensions as DL4J has them
 * @param columnMajor whether the first dimension varies fastest (DL4J's order {@code 'f'})
 */
public record ParameterTensor(
    String name, String layer, long offset, List<Long> shape, boolean columnMajor) {
  /**
   * The dimensions of the same values read row by row: reversed for a tensor that DL4J keeps column
   * by column, which is its transpose.
   */
  public List<Long> rowMajorShape() {
    List<Long> dimensions = new ArrayList<>(shape);
    if (columnMajor) {
      Collections.reverse(dimensions);
    }
    return dimensions;
  }

  /** What DL4J calls the layer in the names of its parameters: a number in a stack, a name else. */
  String key() {
    return key(name);
  }

  /** The part of a parameter's name that stands for its layer. */
  static String key(String name) {
    return name.substring(0, name.lastIndexOf('_'));
  }

  /** The number of values. */
  public long size() {
    return shape.stream().reduce(1L, Math::multiplyExact);
  }
}
