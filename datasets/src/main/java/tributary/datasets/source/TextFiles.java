package tributary.datasets.source;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import tributary.datasets.Checks;
import tributary.datasets.DataException;
import tributary.datasets.Storage;
import tributary.datasets.shard.MissingDatasetException;

/**
 * Finds the files of a dataset of text and opens them.
 *
 * <p>An input is a file, a folder or a glob such as {@code corpus/c*}. {@code test=PATH} says which
 * split it is. Without that, the entries of a folder that are called {@code train}, {@code
 * validation} (or {@code val}, {@code valid}, {@code dev}) and {@code test}, folders as well as
 * files such as {@code train.csv} and {@code train-0.csv}, are the splits, if there is one for
 * {@code train}, and others are not read; else all there is belongs to {@code train}. Names that
 * start with a dot or an underscore are hidden. All is sorted by name.
 */
final class TextFiles {
  private static final String GZIP_ENDING = ".gz";
  private static final int BUFFER_BYTES = 1 << 16;
  private static final Pattern SPLIT_ENTRY =
      Pattern.compile("(?:(train)|(validation|valid|val|dev)|(test))(?:[-_.].*)?");

  private TextFiles() {}

  /**
   * A file or folder of a split.
   *
   * @param split that it belongs to
   */
  record Entry(String split, FileStatus status) {
    /** URI. */
    String path() {
      return status.getPath().toString();
    }
  }

  /** The entries that the inputs name: in the order of inputs, then by split, then by name. */
  static List<Entry> find(SourceOptions options, Configuration hadoop) throws IOException {
    List<Entry> entries = new ArrayList<>();
    for (SourceOptions.Input input : options.inputs()) {
      for (FileStatus status : matches(input.path(), hadoop)) {
        if (input.split().isPresent()) {
          String split = input.split().get();
          entries.add(new Entry(split, status));
        } else {
          entries.addAll(entries(status, hadoop));
        }
      }
    }
    return entries;
  }

  /** All files of an entry: itself, or those below it, sorted by their whole names. */
  static List<FileStatus> files(FileStatus entry, Configuration hadoop) throws IOException {
    if (entry.isFile()) {
      return List.of(entry);
    }
    List<FileStatus> files = new ArrayList<>();
    for (FileStatus child : children(entry.getPath(), hadoop)) {
      files.addAll(files(child, hadoop));
    }
    return files;
  }

  /** What lies in a folder and is not hidden, by name. */
  static List<FileStatus> children(Path folder, Configuration hadoop) throws IOException {
    FileSystem fs = Storage.fileSystem(folder, hadoop);
    try {
      return Arrays.stream(fs.listStatus(folder))
          .filter(child -> !isHidden(child.getPath().getName()))
          .sorted(Comparator.comparing(child -> child.getPath().getName()))
          .toList();
    } catch (IOException e) {
      throw SourceFiles.unreadable(folder, e);
    }
  }

  /** The files of an input by split, each a part of a source. */
  static List<Part> parts(SourceOptions options, Configuration hadoop) throws IOException {
    List<Part> parts = new ArrayList<>();
    for (Entry entry : find(options, hadoop)) {
      for (FileStatus file : files(entry.status(), hadoop)) {
        parts.add(Part.of(entry.split(), file.getPath().toString(), null, file.getLen()));
      }
    }
    if (parts.isEmpty()) {
      throw new MissingDatasetException("No files in " + paths(options));
    }
    return parts;
  }

  /** The inputs' paths, for messages. */
  static String paths(SourceOptions options) {
    return String.join(", ", options.inputs().stream().map(SourceOptions.Input::path).toList());
  }

  /** Whether a file is unpacked when it is read. */
  static boolean isGzip(String path) {
    return path.endsWith(GZIP_ENDING);
  }

  /**
   * The bytes of a file from one on.
   *
   * @param path unpacked if it ends in {@code .gz}; a place in it is found by unpacking up to there
   */
  static InputStream open(String path, long offset, Configuration hadoop) throws IOException {
    Path file = new Path(path);
    FSDataInputStream raw;
    try {
      raw = Storage.fileSystem(file, hadoop).open(file);
    } catch (IOException e) {
      throw SourceFiles.unreadable(file, e);
    }
    try {
      if (!isGzip(path)) {
        raw.seek(offset);
        return raw;
      }
      InputStream unpacked = new GZIPInputStream(new BufferedInputStream(raw), BUFFER_BYTES);
      unpacked.skipNBytes(offset);
      return unpacked;
    } catch (EOFException | ZipException e) {
      raw.close();
      throw new DataException(
          Checks.format(
              "Bad file %s: cannot read it from byte %d: %s", path, offset, e.getMessage()),
          e);
    } catch (IOException e) {
      raw.close();
      throw e;
    }
  }

  private static List<FileStatus> matches(String path, Configuration hadoop) throws IOException {
    Path pattern = new Path(path);
    FileSystem fs = Storage.fileSystem(pattern, hadoop);
    FileStatus[] found;
    try {
      found = fs.globStatus(pattern);
    } catch (IOException e) {
      throw SourceFiles.unreadable(pattern, e);
    }
    if (found == null || found.length == 0) {
      throw new MissingDatasetException(
          Checks.format(
              "No file or folder %s, as user %s; --input names what is to be packed",
              path, System.getProperty("user.name")));
    }
    return Arrays.stream(found)
        .filter(status -> found.length == 1 || !isHidden(status.getPath().getName()))
        .sorted(Comparator.comparing(status -> status.getPath().toString()))
        .toList();
  }

  private static List<Entry> entries(FileStatus input, Configuration hadoop) throws IOException {
    if (input.isDirectory()) {
      List<Entry> named = new ArrayList<>();
      List<String> others = new ArrayList<>();
      for (FileStatus child : children(input.getPath(), hadoop)) {
        String name = child.getPath().getName();
        Optional<String> split = split(name);
        split.ifPresent(known -> named.add(new Entry(known, child)));
        if (split.isEmpty() && child.isDirectory()) {
          others.add(name);
        }
      }
      List<Entry> train = named.stream().filter(e -> e.split().equals(PackPlan.TRAIN)).toList();
      if (!others.isEmpty() && train.stream().anyMatch(entry -> entry.status().isDirectory())) {
        throw new DataException(
            Checks.format(
                "Folder %s holds %s and %s: name each split with --input SPLIT=FOLDER; if they are"
                    + " all classes, write --input train=%s",
                input.getPath(),
                named.stream().map(e -> e.status().getPath().getName()).toList(),
                others,
                input.getPath()));
      }
      if (!train.isEmpty()) {
        named.sort(Comparator.comparingInt(entry -> order(entry.split())));
        return named;
      }
    }
    return List.of(new Entry(PackPlan.TRAIN, input));
  }

  /** The split that the name of a file or folder means, if it means one. */
  static Optional<String> split(String name) {
    Matcher matcher = SPLIT_ENTRY.matcher(name);
    if (!matcher.matches()) {
      return Optional.empty();
    }
    return Optional.of(
        matcher.group(1) != null
            ? PackPlan.TRAIN
            : matcher.group(2) != null ? Placer.VALIDATION : "test");
  }

  private static int order(String split) {
    return List.of(PackPlan.TRAIN, Placer.VALIDATION, "test").indexOf(split);
  }

  private static boolean isHidden(String name) {
    return name.startsWith(".") || name.startsWith("_");
  }
}
