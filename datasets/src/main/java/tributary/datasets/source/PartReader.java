package tributary.datasets.source;

import java.io.Closeable;
import java.io.IOException;
import org.apache.hadoop.conf.Configuration;
import tributary.datasets.shard.BadExampleException;

/**
 * Reads the bytes of rows out of their parts' files; the last file stays open, so that rows of one
 * file, and of archives in it, are read without opening it again. Not safe for several threads.
 */
final class PartReader implements Closeable {
  private final Configuration hadoop;
  private String path;
  private Stretch file;

  PartReader(Configuration hadoop) {
    this.hadoop = hadoop;
  }

  /**
   * All bytes of a row.
   *
   * @throws BadExampleException if there are none, or too many for an example
   */
  byte[] read(Part part, Row row) throws IOException {
    SourceFiles.requireSize(row.bytes());
    if (!part.path().equals(path)) {
      close();
      file = Stretch.of(part.path(), hadoop);
      path = part.path();
    }
    return file.read(row.offset(), (int) row.bytes());
  }

  @Override
  public void close() throws IOException {
    path = null;
    if (file != null) {
      file.close();
      file = null;
    }
  }
}
