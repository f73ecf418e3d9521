package tributary.datasets.source;

import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.SortedMap;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.Path;
import tributary.datasets.Checks;
import tributary.datasets.Storage;
import tributary.datasets.shard.BadExampleException;
import tributary.datasets.shard.MissingDatasetException;
import tributary.datasets.shard.Task;

/**
 * A document a file: of a class if folders say so, for a language model else. Sent.
 *
 * <p>A byte order mark is dropped and CR LF becomes LF; all else of a file is text.
 *
 * @param options encoding of the files
 * @param parts a folder each, or a file
 * @param classes names in label order; empty if they are those of the folders
 */
record DocumentSource(Task task, TextOptions options, List<Part> parts, List<String> classes)
    implements ExampleSource {
  /** The longest document. */
  static final int MAX_BYTES = 1 << 24;

  private static final byte[] BYTE_ORDER_MARK = {(byte) 0xef, (byte) 0xbb, (byte) 0xbf};

  DocumentSource {
    parts = List.copyOf(parts);
    classes = List.copyOf(classes);
  }

  /** Documents in class folders: {@code root/class/*} or {@code root/split/class/*}. */
  static DocumentSource ofClasses(SourceOptions options, Configuration hadoop) throws IOException {
    List<Part> parts = new ArrayList<>();
    for (TextFiles.Entry entry : TextFiles.find(options, hadoop)) {
      if (entry.status().isDirectory()) {
        for (FileStatus child : TextFiles.children(entry.status().getPath(), hadoop)) {
          if (child.isDirectory()) {
            String path = child.getPath().toString();
            parts.add(Part.of(entry.split(), path, child.getPath().getName(), 0));
          }
        }
      }
    }
    if (parts.isEmpty()) {
      throw new MissingDatasetException(
          Checks.format(
              "No class folders in %s: expected FOLDER/class/files or FOLDER/split/class/files",
              TextFiles.paths(options)));
    }
    return new DocumentSource(Task.TEXT_CLASSIFICATION, options.text(), parts, options.classes());
  }

  /** Documents without classes. */
  static DocumentSource ofFiles(SourceOptions options, Configuration hadoop) throws IOException {
    List<Part> parts = new ArrayList<>();
    for (TextFiles.Entry entry : TextFiles.find(options, hadoop)) {
      long bytes = entry.status().isFile() ? entry.status().getLen() : 0;
      parts.add(Part.of(entry.split(), entry.path(), null, bytes));
    }
    return new DocumentSource(Task.LANGUAGE_MODEL, options.text(), parts, List.of());
  }

  /** A folder holds documents of one class; without classes the order of documents may matter. */
  @Override
  public boolean isGrouped() {
    return task.isClassified();
  }

  @Override
  public String readAs() {
    return options.charset();
  }

  @Override
  public Rows list(Part part, Configuration hadoop) throws IOException {
    Path root = new Path(part.path());
    FileStatus status = Storage.fileSystem(root, hadoop).getFileStatus(root);
    Iterator<FileStatus> files = TextFiles.files(status, hadoop).iterator();
    return new Rows() {
      private long number;

      @Override
      public Row next() {
        if (!files.hasNext()) {
          return null;
        }
        FileStatus file = files.next();
        String path = file.getPath().toString();
        String below =
            status.isFile()
                ? file.getPath().getName()
                : path.substring(status.getPath().toString().length() + 1);
        return new Row(0, number++, prefix(part) + below, part.className(), 0, file.getLen());
      }
    };
  }

  @Override
  public RowReader open(Configuration hadoop) {
    return new RowReader() {
      @Override
      public SortedMap<String, byte[]> read(Part part, Row row) throws IOException {
        byte[] bytes = row.bytes() == 0 ? new byte[0] : bytes(path(part, row), hadoop);
        try {
          return ParsedRecord.ofDocument(text(bytes), null).fields();
        } catch (BadRecordException e) {
          throw new BadExampleException(e.getMessage());
        }
      }

      @Override
      public void close() {}
    };
  }

  private String text(byte[] bytes) throws BadRecordException {
    boolean marked =
        bytes.length >= BYTE_ORDER_MARK.length
            && Arrays.equals(Arrays.copyOf(bytes, BYTE_ORDER_MARK.length), BYTE_ORDER_MARK);
    int from = marked ? BYTE_ORDER_MARK.length : 0;
    return options
        .decoder()
        .decode(Arrays.copyOfRange(bytes, from, bytes.length), from)
        .replace("\r\n", "\n");
  }

  private static byte[] bytes(String path, Configuration hadoop) throws IOException {
    try (InputStream in = TextFiles.open(path, 0, hadoop)) {
      byte[] bytes = in.readNBytes(MAX_BYTES + 1);
      if (bytes.length > MAX_BYTES) {
        throw new BadExampleException(
            Checks.format("more than the %d bytes that a document may have", MAX_BYTES));
      }
      return bytes;
    }
  }

  /** The file of a row: a part that is a file has bytes. */
  private static String path(Part part, Row row) {
    return part.bytes() > 0
        ? part.path()
        : part.path() + "/" + row.name().substring(prefix(part).length());
  }

  private static String prefix(Part part) {
    return part.split() + "/" + (part.className() == null ? "" : part.className() + "/");
  }
}
