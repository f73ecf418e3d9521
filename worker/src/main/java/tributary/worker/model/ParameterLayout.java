package tributary.worker.model;

import java.util.List;
import tributary.datasets.Checks;

/**
 * Where each tensor lies in the flat parameter vector of one network.
 *
 * @param tensors in order of their offsets, without gaps
 * @param optimizerSize length of the flat optimizer state
 */
public record ParameterLayout(List<ParameterTensor> tensors, long optimizerSize) {
  /** Checks that the tensors cover the vector without gap or overlap. */
  public ParameterLayout {
    tensors = List.copyOf(tensors);
    long end = 0;
    for (ParameterTensor tensor : tensors) {
      Checks.argument(
          tensor.offset() == end,
          "parameter %s starts at %d of the flat vector, expected %d",
          tensor.name(),
          tensor.offset(),
          end);
      end += tensor.size();
    }
  }

  /** Length of the flat parameter vector. */
  public long parameterCount() {
    return tensors.isEmpty() ? 0 : lastEnd(tensors.get(tensors.size() - 1));
  }

  /** The tensor that holds value {@code index} of the flat vector. */
  public ParameterTensor at(long index) {
    return tensors.stream()
        .filter(tensor -> index < lastEnd(tensor))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    Checks.format("no parameter %d in a vector of %d", index, parameterCount())));
  }

  private static long lastEnd(ParameterTensor tensor) {
    return tensor.offset() + tensor.size();
  }
}
