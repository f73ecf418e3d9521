package tributary.datasets.source;

import java.io.Closeable;
import java.io.IOException;

/** The rows of a part, listed one by one, so that none need all be in memory. For one thread. */
public interface Rows extends Closeable {
  /** The next row; null after the last. Its part and number need not be right. */
  Row next() throws IOException;

  /** Rows that take nothing to be closed. */
  @Override
  default void close() throws IOException {}
}
