package tributary.datasets.source;

import java.io.Closeable;
import java.io.IOException;

/** Examples in order, read one by one. Not safe for several threads. */
public interface ExampleCursor extends Closeable {
  /** Whether {@link #next} has another example. */
  boolean hasNext();

  /**
   * The next example.
   *
   * @throws java.util.NoSuchElementException after the last
   */
  SourceExample next() throws IOException;
}
