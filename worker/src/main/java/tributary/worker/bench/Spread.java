package tributary.worker.bench;

import java.util.Arrays;

/**
 * Some measurements of the same thing.
 *
 * @param median the middle one
 * @param least the smallest
 * @param most the largest
 */
public record Spread(double median, double least, double most) {
  /** The spread of at least one value. */
  public static Spread of(double... values) {
    double[] sorted = Arrays.stream(values).sorted().toArray();
    int middle = sorted.length / 2;
    double median =
        sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    return new Spread(median, sorted[0], sorted[sorted.length - 1]);
  }
}
