package tributary.worker.train;

import java.io.Serializable;

/**
 * A replica's share of a round: consecutive places in the epoch's order.
 *
 * @param from first place, {@code >= 0}
 * @param size number of examples, {@code >= 0}
 */
public record Slice(long from, int size) implements Serializable {
  /**
   * The sizes of the minibatches that the slice is cut into: as few as fit, and as equal as can be,
   * so that an epoch's tail is neither dropped nor ends in a minibatch of one.
   *
   * @param minibatchSize the largest size allowed
   */
  public int[] minibatchSizes(int minibatchSize) {
    int[] sizes = new int[minibatches(minibatchSize)];
    for (int i = 0; i < sizes.length; i++) {
      sizes[i] = (int) (cut(i + 1, sizes.length) - cut(i, sizes.length));
    }
    return sizes;
  }

  int minibatches(int minibatchSize) {
    return (size + minibatchSize - 1) / minibatchSize;
  }

  private long cut(int index, int pieces) {
    return (long) size * index / pieces;
  }
}
