package tributary.datasets.source;

import java.io.Closeable;
import java.io.IOException;
import java.util.SortedMap;

/** Reads examples by their rows, fastest in the order they lie in. Not safe for several threads. */
public interface RowReader extends Closeable {
  /**
   * Reads one example.
   *
   * @param part the row's part
   * @return file contents by extension as in {@link tributary.datasets.shard.Example}, without the
   *     class; an image under {@code img}, whatever its format
   * @throws tributary.datasets.shard.BadExampleException if the example, and it alone, cannot be
   *     used; says why, the caller adds where
   */
  SortedMap<String, byte[]> read(Part part, Row row) throws IOException;
}
