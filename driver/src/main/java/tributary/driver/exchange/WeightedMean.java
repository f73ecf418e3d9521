package tributary.driver.exchange;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import tributary.datasets.Checks;
import tributary.driver.exchange.Message.Raw;

/**
 * Reads the same slice of all replicas side by side and averages it by weight: summed in replica
 * order, so that neither arrival order nor the cut into slices shows in the result.
 */
final class WeightedMean {
  private final List<Raw> slices;
  private final long weight;
  private final float[] values = new float[Encoding.CHUNK];
  private final double[] wide = new double[Encoding.CHUNK];
  private final double[] sum = new double[Encoding.CHUNK];
  private int position;

  /** Of the same slice of every replica that counts, in any order. */
  WeightedMean(List<Raw> slices) {
    this.slices = slices.stream().sorted(Comparator.comparingInt(Raw::replica)).toList();
    this.weight = slices.stream().mapToLong(Raw::weight).sum();
    Checks.argument(weight > 0, "a mean needs at least one weight");
    this.slices.forEach(this::requireLength);
  }

  /** Of each slice. */
  int bytes() {
    return slices.get(0).bytes().length;
  }

  /**
   * Averages the next floats, in double.
   *
   * @param length how many, {@link Encoding#CHUNK}, but for the last
   * @param mean whose first values become the mean
   */
  void next(int length, float[] mean) {
    Arrays.fill(sum, 0, length, 0);
    for (Raw slice : slices) {
      read(slice, Encoding.FLOAT32, length);
      add((double) slice.weight(), length);
    }
    for (int i = 0; i < length; i++) {
      sum[i] /= weight;
    }
    for (int i = 0; i < length; i++) {
      mean[i] = (float) sum[i];
    }
    position += Encoding.FLOAT32.bytes(length);
  }

  /**
   * Adds the mean of the next values, which is not made in double: for values that were rounded,
   * and a sum that will be.
   *
   * @param length how many, {@link Encoding#CHUNK}, but for the last
   */
  void addNext(Encoding encoding, int length, float[] to) {
    for (Raw slice : slices) {
      read(slice, encoding, length);
      float part = (float) ((double) slice.weight() / weight);
      for (int i = 0; i < length; i++) {
        to[i] += part * values[i];
      }
    }
    position += encoding.bytes(length);
  }

  private void read(Raw slice, Encoding encoding, int length) {
    encoding.getChunk(ByteBuffer.wrap(slice.bytes()).position(position), values, 0, length);
  }

  private void add(double factor, int length) {
    for (int i = 0; i < length; i++) {
      wide[i] = values[i];
    }
    for (int i = 0; i < length; i++) {
      sum[i] += factor * wide[i];
    }
  }

  private void requireLength(Raw slice) {
    Checks.argument(
        slice.bytes().length == bytes(),
        "replica %d sent %d bytes of a slice, others %d",
        slice.replica(),
        slice.bytes().length,
        bytes());
  }
}
