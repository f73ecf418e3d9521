package tributary.worker.model;

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
  /** The number of values. */
  public long size() {
    return shape.stream().reduce(1L, Math::multiplyExact);
  }
}
