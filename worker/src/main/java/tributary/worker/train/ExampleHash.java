package tributary.worker.train;

import tributary.datasets.Seeds;

/**
 * A hash of a set of examples that does not depend on their order: the sum, modulo 2^64, of a mixed
 * word per example number. Sums of disjoint sets add up to the hash of their union, so that the
 * hashes of an epoch's rounds prove that each example was trained exactly once.
 */
public final class ExampleHash {
  private ExampleHash() {}

  /** The hash of the given example numbers. */
  public static long of(long[] numbers) {
    long hash = 0;
    for (long number : numbers) {
      hash += Seeds.mix(number);
    }
    return hash;
  }

  /** The hash of the examples {@code 0..count-1}. */
  public static long ofAll(long count) {
    long hash = 0;
    for (long number = 0; number < count; number++) {
      hash += Seeds.mix(number);
    }
    return hash;
  }
}
