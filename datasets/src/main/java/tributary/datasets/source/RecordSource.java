package tributary.datasets.source;

import java.io.IOException;
import java.util.List;
import java.util.SortedMap;
import org.apache.hadoop.conf.Configuration;
import tributary.datasets.Checks;
import tributary.datasets.DataException;
import tributary.datasets.shard.BadExampleException;
import tributary.datasets.shard.Task;

/**
 * Text in files of many records. Sent.
 *
 * <p>Examples keep the order of their files, which are then read from beginning to end; training
 * mixes them.
 *
 * @param format of the records
 * @param options of the text
 * @param parts a file each
 * @param classes names in label order; empty if the rows name them
 */
record RecordSource(
    RecordFormat format, TextOptions options, List<Part> parts, List<String> classes)
    implements ExampleSource {
  RecordSource {
    parts = List.copyOf(parts);
    classes = List.copyOf(classes);
  }

  /** Finds the files and looks at the beginning of the first. */
  static RecordSource open(RecordFormat format, SourceOptions options, Configuration hadoop)
      throws IOException {
    List<Part> parts = TextFiles.parts(options, hadoop);
    RecordSource source = new RecordSource(format, options.text(), parts, options.classes());
    source.file(source.parts.get(0), hadoop).close();
    return source;
  }

  @Override
  public Task task() {
    return format.task();
  }

  @Override
  public boolean isGrouped() {
    return false;
  }

  /** How the text lies in the files. */
  @Override
  public String readAs() {
    return format.toString();
  }

  @Override
  public Rows list(Part part, Configuration hadoop) throws IOException {
    RecordFile file = file(part, hadoop);
    return new Rows() {
      private long number;

      @Override
      public Row next() throws IOException {
        TextRecord record = file.next();
        return record == null
            ? null
            : new Row(0, number++, null, className(file, record), record.offset(), record.length());
      }

      @Override
      public void close() throws IOException {
        file.close();
      }
    };
  }

  @Override
  public RowReader open(Configuration hadoop) {
    return new Reader(hadoop);
  }

  private RecordFile file(Part part, Configuration hadoop) throws IOException {
    return new RecordFile(part.path(), format, options.maxLineBytes(), hadoop);
  }

  /** Null if there is none, or the row is bad: reading it tells why. */
  private String className(RecordFile file, TextRecord record) {
    if (!task().isClassified()) {
      return null;
    }
    try {
      return file.parse(record).className();
    } catch (BadRecordException e) {
      return null;
    }
  }

  /** Reads on where it stands; for another place the file is opened there. */
  private final class Reader implements RowReader {
    private final Configuration hadoop;
    private RecordFile file;
    private Part part;
    private LineNumbers numbers;

    Reader(Configuration hadoop) {
      this.hadoop = hadoop;
    }

    @Override
    public SortedMap<String, byte[]> read(Part wanted, Row row) throws IOException {
      if (!wanted.equals(part)) {
        close();
        file = RecordSource.this.file(wanted, hadoop);
        numbers = new LineNumbers(wanted.path(), hadoop);
        part = wanted;
      }
      TextRecord record = file.at(row.offset());
      if (record == null || record.offset() != row.offset() || record.length() != row.bytes()) {
        throw new DataException(
            Checks.format(
                "%s has changed since it was listed: no record of %d bytes at byte %d any more",
                wanted.path(), row.bytes(), row.offset()));
      }
      try {
        return file.parse(record).fields();
      } catch (BadRecordException e) {
        throw new BadExampleException(
            Checks.format("line %d: %s", numbers.at(row.offset()) + e.line(), e.getMessage()));
      }
    }

    @Override
    public void close() throws IOException {
      part = null;
      if (file != null) {
        file.close();
        numbers.close();
        file = null;
      }
    }
  }
}
