package tributary.driver.exchange;

import java.io.Serializable;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.apache.spark.storage.BroadcastBlockId;
import tributary.datasets.Checks;

/**
 * How a vector is cut for its way: into pieces of nearly equal length. Sent to executors.
 *
 * @param length of the vector, &gt;= 0
 * @param count of slices, &gt;= 1 unless the vector is empty
 */
record Slices(int length, int count) implements Serializable {
  /** Of a slice: enough of them to share the work, few enough messages. */
  private static final int BYTES = 4 << 20;

  Slices {
    Checks.argument(length >= 0, "length must be >= 0, got %d", length);
    Checks.argument(count >= (length == 0 ? 0 : 1), "count must be >= 1, got %d", count);
  }

  /**
   * Slices for a way.
   *
   * @param travelling how most of the values go
   */
  static Slices of(Encoding travelling, int length) {
    return ofLength(BYTES / travelling.bytes(2) * 2, length);
  }

  /** Slices of at most {@code floats} values. */
  static Slices ofLength(int floats, int length) {
    return new Slices(length, Math.toIntExact(((long) length + floats - 1) / floats));
  }

  /** The block of each slice. */
  BroadcastBlockId[] blocks(IntFunction<BroadcastBlockId> block) {
    return IntStream.range(0, count).mapToObj(block).toArray(BroadcastBlockId[]::new);
  }

  /** The first value of a slice; of the one after the last, the vector's length. */
  int start(int slice) {
    return Math.toIntExact((long) length * slice / count);
  }

  /** How many values are in a slice. */
  int size(int slice) {
    return start(slice + 1) - start(slice);
  }
}
