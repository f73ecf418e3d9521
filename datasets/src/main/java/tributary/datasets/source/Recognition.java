package tributary.datasets.source;

import java.io.EOFException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.security.AccessControlException;
import tributary.datasets.Storage;
import tributary.datasets.image.ImageFormat;
import tributary.datasets.shard.Manifest;
import tributary.datasets.source.SourceFiles.Entry;

/** Tells the format of files that their owner names without saying what they are. */
final class Recognition {
  private static final Map<String, SourceFormat> TABLES =
      Map.of(
          "csv", SourceFormat.CSV,
          "tsv", SourceFormat.TSV,
          "tab", SourceFormat.TSV,
          "jsonl", SourceFormat.JSONL,
          "ndjson", SourceFormat.JSONL);

  private static final String TEXT = "txt";

  /** Enough for the first bytes of a picture. */
  private static final int HEAD_BYTES = 16;

  private final Configuration hadoop;

  private Recognition(Configuration hadoop) {
    this.hadoop = hadoop;
  }

  /** See {@link SourceFormat#recognized}. */
  static Optional<SourceFormat> of(Path path, Configuration hadoop) throws IOException {
    FileSystem fs = Storage.fileSystem(path, hadoop);
    Path qualified = fs.makeQualified(path);
    try {
      FileStatus status = fs.getFileStatus(qualified);
      if (status.isFile()) {
        return ofTable(path.getName());
      }
      boolean packed = fs.exists(new Path(qualified, Manifest.FILE_NAME));
      return packed ? Optional.empty() : new Recognition(hadoop).ofClasses(qualified);
    } catch (FileNotFoundException e) {
      return Optional.empty();
    } catch (AccessControlException e) {
      throw SourceFiles.unreadable(qualified, e);
    }
  }

  /** The format of a table by the ending of its name. */
  static Optional<SourceFormat> ofTable(String name) {
    return Optional.ofNullable(TABLES.get(extension(withoutGzip(name))));
  }

  /** By the first file in a folder of the root: what lies beside those is no example. */
  private Optional<SourceFormat> ofClasses(Path root) throws IOException {
    for (Entry entry : SourceFiles.list(root, hadoop)) {
      Optional<Entry> first = entry.isFolder() ? firstFile(entry.path()) : Optional.empty();
      if (first.isPresent()) {
        return ofExample(first.get());
      }
    }
    return Optional.empty();
  }

  /** The files of a folder come before those of the folders in it. */
  private Optional<Entry> firstFile(Path folder) throws IOException {
    List<Entry> entries = new ArrayList<>(SourceFiles.list(folder, hadoop));
    Collections.sort(entries, (a, b) -> Boolean.compare(a.isFolder(), b.isFolder()));
    for (Entry entry : entries) {
      Optional<Entry> first = entry.isFolder() ? firstFile(entry.path()) : Optional.of(entry);
      if (first.isPresent()) {
        return first;
      }
    }
    return Optional.empty();
  }

  /** A picture by its name or by its bytes, as many have no extension or a wrong one. */
  private Optional<SourceFormat> ofExample(Entry file) throws IOException {
    String extension = extension(file.name());
    if (SourceFiles.isImage(extension) || ImageFormat.of(head(file)).isPresent()) {
      return Optional.of(SourceFormat.IMAGE_FOLDER);
    }
    return extension.equals(TEXT) ? Optional.of(SourceFormat.TEXT_FOLDER) : Optional.empty();
  }

  private byte[] head(Entry file) throws IOException {
    byte[] head = new byte[(int) Math.min(HEAD_BYTES, file.bytes())];
    try (FSDataInputStream in = SourceFiles.open(file.path(), hadoop)) {
      Storage.readFully(in, 0, head);
      return head;
    } catch (EOFException e) {
      return new byte[0]; // cut off since it was listed
    }
  }

  private static String extension(String name) {
    return name.substring(name.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT);
  }

  private static String withoutGzip(String name) {
    return name.endsWith(".gz") ? name.substring(0, name.length() - ".gz".length()) : name;
  }
}
