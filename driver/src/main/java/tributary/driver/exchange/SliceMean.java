package tributary.driver.exchange;

import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import tributary.datasets.Checks;
import tributary.driver.exchange.Message.Raw;

/**
 * The weighted mean of one slice over the replicas: summed in replica order, in double, so that
 * neither arrival order nor the cut into slices shows in the result.
 */
final class SliceMean {
  /** Values that are summed at a time: they stay in the processor's cache. */
  private static final int CHUNK = 4096;

  private SliceMean() {}

  /**
   * Averages.
   *
   * @param slices the same slice of every replica that counts, in any order
   * @return little-endian floats
   */
  static ByteBuffer of(List<Raw> slices) {
    List<Raw> ordered = slices.stream().sorted(Comparator.comparingInt(Raw::replica)).toList();
    long weight = ordered.stream().mapToLong(Raw::weight).sum();
    Checks.argument(weight > 0, "a mean needs at least one weight");
    int bytes = ordered.get(0).bytes().length;
    ordered.forEach(slice -> requireLength(slice, bytes));
    List<FloatBuffer> in =
        ordered.stream().map(slice -> Floats.view(ByteBuffer.wrap(slice.bytes()))).toList();
    ByteBuffer mean = ByteBuffer.allocate(bytes);
    FloatBuffer out = Floats.view(mean);
    float[] values = new float[CHUNK];
    double[] sum = new double[CHUNK];
    while (out.hasRemaining()) {
      int length = Math.min(CHUNK, out.remaining());
      Arrays.fill(sum, 0);
      for (int i = 0; i < in.size(); i++) {
        in.get(i).get(values, 0, length);
        add(sum, values, (double) ordered.get(i).weight(), length);
      }
      for (int i = 0; i < length; i++) {
        values[i] = (float) (sum[i] / weight);
      }
      out.put(values, 0, length);
    }
    return mean;
  }

  private static void add(double[] sum, float[] values, double weight, int length) {
    for (int i = 0; i < length; i++) {
      sum[i] += weight * values[i];
    }
  }

  private static void requireLength(Raw slice, int bytes) {
    Checks.argument(
        slice.bytes().length == bytes,
        "replica %d sent %d bytes of a slice, others %d",
        slice.replica(),
        slice.bytes().length,
        bytes);
  }
}
