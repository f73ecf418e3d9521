package tributary.datasets.source;

import java.io.Closeable;
import java.io.IOException;
import java.util.SortedMap;
import org.apache.hadoop.conf.Configuration;
import tributary.datasets.DataException;
import tributary.datasets.shard.BadExampleException;

/**
 * Reads the bytes of rows out of their parts' files, in any order; the last file stays open, so
 * that rows of one file, and of archives in it, are read without opening it again. Not safe for
 * several threads.
 */
final class PartReader implements Closeable {
  private final Configuration hadoop;
  private String path;
  private Stretch file;

  PartReader(Configuration hadoop) {
    this.hadoop = hadoop;
  }

  /** What the bytes of a row are. */
  interface Fields {
    SortedMap<String, byte[]> of(Part part, byte[] bytes) throws IOException;
  }

  /** A reader of rows whose bytes lie in one run in their part's file. */
  static RowReader rows(Fields fields, Configuration hadoop) {
    PartReader files = new PartReader(hadoop);
    return new RowReader() {
      @Override
      public SortedMap<String, byte[]> read(Part part, Row row) throws IOException {
        return fields.of(part, files.read(part, row));
      }

      @Override
      public void close() throws IOException {
        files.close();
      }
    };
  }

  /**
   * All bytes of a row.
   *
   * @throws BadExampleException if there are none, or too many for an example
   * @throws DataException if the file is shorter than it was
   */
  byte[] read(Part part, Row row) throws IOException {
    SourceFiles.requireSize(row.bytes());
    if (!part.path().equals(path)) {
      close();
      file = Stretch.of(part.path(), 0, Long.MAX_VALUE, hadoop);
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
