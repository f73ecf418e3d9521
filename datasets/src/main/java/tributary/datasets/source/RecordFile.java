package tributary.datasets.source;

import java.io.Closeable;
import java.io.IOException;
import org.apache.hadoop.conf.Configuration;

/** An open file of records. Not safe for several threads. */
final class RecordFile implements Closeable {
  /**
   * Over a gap that is not larger one reads on, where one would have to look for the place else.
   */
  private static final long GAP_BYTES = 1 << 17;

  private final String path;
  private final int maxLineBytes;
  private final Configuration hadoop;
  private final RecordParser parser;
  private LineReader lines;

  /** Opens a file and reads its header, if the format has one. */
  RecordFile(String path, RecordFormat format, int maxLineBytes, Configuration hadoop)
      throws IOException {
    this.path = path;
    this.maxLineBytes = maxLineBytes;
    this.hadoop = hadoop;
    this.lines = LineReader.open(path, 0, maxLineBytes, hadoop);
    try {
      this.parser = format.parser(lines);
    } catch (IOException e) {
      lines.close();
      throw e;
    }
  }

  /** The next record, good or bad; null after the last. */
  TextRecord next() throws IOException {
    return parser.next(lines);
  }

  /** The record at a byte of the unpacked file, or the next one after it; null after the last. */
  TextRecord at(long offset) throws IOException {
    long gap = offset - lines.offset();
    if (gap < 0 || (gap > GAP_BYTES && !TextFiles.isGzip(path))) {
      lines.close();
      lines = LineReader.open(path, offset, maxLineBytes, hadoop);
    }
    TextRecord record = next();
    while (record != null && record.offset() < offset) {
      record = next();
    }
    return record;
  }

  /** What a record says. */
  ParsedRecord parse(TextRecord record) throws BadRecordException {
    return parser.parse(record);
  }

  @Override
  public void close() throws IOException {
    lines.close();
  }
}
