package tributary.worker.model;

import java.util.List;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.regularization.Regularization;

/**
 * Consecutive parameters that share an updater, and where their optimizer state lies, as DL4J cuts
 * them.
 *
 * @param from index of the first parameter in the flat vector
 * @param size number of parameters
 * @param stateFrom index of the first value in the flat optimizer state
 * @param stateSize number of state values
 * @param updater the rule and its settings
 * @param regularized the tensors of the block that have penalties
 */
public record UpdateBlock(
    long from,
    long size,
    long stateFrom,
    long stateSize,
    IUpdater updater,
    List<RegularizedTensor> regularized) {
  /** Keeps an own copy of the list. */
  public UpdateBlock {
    regularized = List.copyOf(regularized);
  }

  /**
   * A tensor with penalties.
   *
   * @param name DL4J's name of the parameter within its layer
   * @param from index of the first value in the flat vector
   * @param size number of values
   * @param regularization the penalties
   */
  public record RegularizedTensor(
      String name, long from, long size, List<Regularization> regularization) {
    /** Keeps an own copy of the list. */
    public RegularizedTensor {
      regularization = List.copyOf(regularization);
    }
  }
}
