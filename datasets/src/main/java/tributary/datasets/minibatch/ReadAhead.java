package tributary.datasets.minibatch;

import tributary.datasets.Checks;

/**
 * How much is done before it is asked for.
 *
 * @param prefetch minibatches read ahead at most, at least 1
 * @param decodeThreads threads that decode the examples of a minibatch, at least 1; the minibatches
 *     are the same with any number of them
 */
public record ReadAhead(int prefetch, int decodeThreads) {
  /** Refuses values that do not fit the description above. */
  public ReadAhead {
    Checks.argument(prefetch >= 1, "prefetch must be >= 1, got %d", prefetch);
    Checks.argument(decodeThreads >= 1, "decode threads must be >= 1, got %d", decodeThreads);
  }
}
