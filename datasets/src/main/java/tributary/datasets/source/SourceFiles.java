package tributary.datasets.source;

import java.io.EOFException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RawLocalFileSystem;
import org.apache.hadoop.security.AccessControlException;
import tributary.datasets.Checks;
import tributary.datasets.DataException;
import tributary.datasets.Storage;
import tributary.datasets.shard.BadExampleException;
import tributary.datasets.shard.MissingDatasetException;

/** Finds, measures and reads the files of a source, in an order that no file system changes. */
final class SourceFiles {
  /** Examples with more bytes are refused unread: 256 MiB. */
  static final long MAX_EXAMPLE_BYTES = 256L << 20;

  private static final Set<String> IMAGES =
      Set.of("jpg", "jpeg", "jpe", "png", "gif", "bmp", "webp", "tif", "tiff", "pgm", "ppm");

  /** What file managers leave behind. */
  private static final Set<String> LITTER = Set.of("thumbs.db", "desktop.ini");

  private SourceFiles() {}

  /**
   * What a folder holds.
   *
   * @param path with scheme
   * @param isFolder else a file, or something of that name that cannot be looked at
   * @param bytes of a file
   * @param modifiedMillis when it was changed last, in milliseconds since 1970
   */
  record Entry(Path path, boolean isFolder, long bytes, long modifiedMillis) {
    static Entry of(FileStatus status) {
      return new Entry(
          status.getPath(), status.isDirectory(), status.getLen(), status.getModificationTime());
    }

    String name() {
      return path.getName();
    }
  }

  /** A folder that is still to be listed, and how the names of what is in it start. */
  private record Folder(Path path, String prefix) {}

  /** The order of names: by the bytes of their UTF-8. */
  static Comparator<String> byBytes() {
    return (a, b) ->
        Arrays.compareUnsigned(
            a.getBytes(StandardCharsets.UTF_8), b.getBytes(StandardCharsets.UTF_8));
  }

  /** Whether an extension, without a dot, is one of pictures, decodable or not. */
  static boolean isImage(String extension) {
    return IMAGES.contains(extension.toLowerCase(Locale.ROOT));
  }

  /**
   * Whether a file or folder is none of the user's: its name starts with a dot, or with an
   * underscore and does not end as a picture's (cameras write {@code _DSC0001.JPG}), or file
   * managers leave such.
   */
  static boolean isHidden(String name) {
    return name.startsWith(".")
        || (name.startsWith("_") && !isImage(name.substring(name.lastIndexOf('.') + 1)))
        || LITTER.contains(name.toLowerCase(Locale.ROOT));
  }

  /**
   * What is in a folder, in the order of names, without what is hidden. Symbolic links to files
   * count as the files; those to folders are left out, as they may lead anywhere, and back.
   *
   * @throws DataException if the folder cannot be read
   */
  static List<Entry> list(Path folder, Configuration hadoop) throws IOException {
    FileSystem fs = Storage.fileSystem(folder, hadoop);
    List<Entry> entries = new ArrayList<>();
    try {
      for (FileStatus status : fs.listStatus(folder)) {
        if (!status.isDirectory() || !isLink(fs, status.getPath())) {
          entries.add(Entry.of(status));
        }
      }
    } catch (IOException e) {
      throw unreadable(folder, e);
    }
    if (fs instanceof RawLocalFileSystem local) {
      addUnseen(local, folder, entries);
    }
    entries.removeIf(entry -> isHidden(entry.name()));
    entries.sort(Comparator.comparing(Entry::name, byBytes()));
    return entries;
  }

  /**
   * All files below a folder, by their paths below it, in the order of those; see {@link #list}.
   *
   * @return bytes of each
   */
  static SortedMap<String, Long> walk(Path folder, Configuration hadoop) throws IOException {
    SortedMap<String, Long> files = new TreeMap<>(byBytes());
    Deque<Folder> left = new ArrayDeque<>(List.of(new Folder(folder, "")));
    while (!left.isEmpty()) {
      Folder next = left.remove();
      for (Entry entry : list(next.path(), hadoop)) {
        String name = next.prefix() + entry.name();
        if (entry.isFolder()) {
          left.add(new Folder(entry.path(), name + "/"));
        } else {
          files.put(name, entry.bytes());
        }
      }
    }
    return files;
  }

  /** Files alone. */
  static List<Entry> listFiles(Path folder, Configuration hadoop) throws IOException {
    return list(folder, hadoop).stream().filter(entry -> !entry.isFolder()).toList();
  }

  /**
   * Whether there is a file or folder.
   *
   * @throws DataException if this user must not know
   */
  static boolean exists(Path path, Configuration hadoop) throws IOException {
    try {
      return Storage.fileSystem(path, hadoop).exists(path);
    } catch (AccessControlException e) {
      throw unreadable(path, e);
    }
  }

  /**
   * Passes if names may be those of classes.
   *
   * @param place where they are from
   * @throws DataException if one is blank, or holds more than visible text
   */
  static void requireClassNames(Collection<String> names, String place) throws DataException {
    for (String name : names) {
      if (name.isBlank() || name.chars().anyMatch(Character::isISOControl)) {
        throw new DataException(
            Checks.format(
                "Bad name of a class in %s: expected visible text, found '%s'", place, name));
      }
    }
  }

  /**
   * The length of a file.
   *
   * @throws DataException if it is not there, or no file
   */
  static long length(Path file, Configuration hadoop) throws IOException {
    return file(file, hadoop).bytes();
  }

  /**
   * A file by its path.
   *
   * @throws DataException if it is not there, or no file
   */
  static Entry file(Path file, Configuration hadoop) throws IOException {
    try {
      FileStatus status = Storage.fileSystem(file, hadoop).getFileStatus(file);
      if (status.isDirectory()) {
        throw new MissingDatasetException("Expected a file, found a folder: " + file);
      }
      return Entry.of(status);
    } catch (FileNotFoundException | AccessControlException e) {
      throw unreadable(file, e);
    }
  }

  /**
   * Opens a file.
   *
   * @throws DataException if it is not there, or not this user's to read
   */
  static FSDataInputStream open(Path file, Configuration hadoop) throws IOException {
    try {
      return Storage.fileSystem(file, hadoop).open(file);
    } catch (FileNotFoundException | AccessControlException | AccessDeniedException e) {
      throw unreadable(file, e);
    }
  }

  /**
   * A small file as a whole.
   *
   * @throws DataException if it has more than {@code limit} bytes
   */
  static byte[] readAll(Path file, int limit, Configuration hadoop) throws IOException {
    long bytes = length(file, hadoop);
    if (bytes > limit) {
      throw new DataException(
          Checks.format("Bad file %s: expected at most %d bytes, found %d", file, limit, bytes));
    }
    try (FSDataInputStream in = open(file, hadoop)) {
      byte[] content = new byte[(int) bytes];
      Storage.readFully(in, 0, content);
      return content;
    }
  }

  /** The lines of a small text, without those at its end that are blank. */
  static List<String> lines(Path file, int limit, Configuration hadoop) throws IOException {
    return lines(readAll(file, limit, hadoop));
  }

  /** The same of its bytes. */
  static List<String> lines(byte[] content) {
    return new String(content, StandardCharsets.UTF_8)
        .stripTrailing()
        .lines()
        .map(String::strip)
        .toList();
  }

  /**
   * A file below a folder, by its path from there, which may hold colons: Hadoop would take them
   * for a scheme's.
   */
  static Path below(Path folder, String name) {
    return new Path(
        folder.toUri().getScheme(),
        folder.toUri().getAuthority(),
        folder.toUri().getPath() + "/" + name);
  }

  /**
   * An example that is a file.
   *
   * @param bytes of it when it was listed
   * @throws BadExampleException if it has none or too many, or cannot be found by its name
   * @throws DataException if it has fewer by now
   */
  static byte[] readExample(Path file, long bytes, Configuration hadoop) throws IOException {
    if (bytes == 0 && !exists(file, hadoop)) {
      throw new BadExampleException(
          "expected a file, found a link that leads nowhere, or a name that is not in the"
              + " encoding of this process; set LC_ALL=C.UTF-8");
    }
    requireSize(bytes);
    byte[] content = new byte[(int) bytes];
    try (FSDataInputStream in = open(file, hadoop)) {
      Storage.readFully(in, 0, content);
    } catch (EOFException e) {
      throw new DataException(
          Checks.format(
              "The file %s had %d bytes when it was listed, and has fewer now; pack again",
              file, bytes),
          e);
    }
    return content;
  }

  /**
   * Passes if an example is neither empty nor larger than any should be.
   *
   * @throws BadExampleException with its length
   */
  static void requireSize(long bytes) throws BadExampleException {
    if (bytes == 0) {
      throw new BadExampleException("it has 0 bytes");
    }
    if (bytes > MAX_EXAMPLE_BYTES) {
      throw new BadExampleException(
          Checks.format("it has %d bytes: expected at most %d", bytes, MAX_EXAMPLE_BYTES));
    }
  }

  /** Says what cannot be read, as whom, and why. */
  static DataException unreadable(Path path, IOException cause) {
    return new DataException(
        Checks.format(
            "Cannot read %s as user %s: %s",
            path, System.getProperty("user.name"), cause.getMessage()),
        cause);
  }

  private static boolean isLink(FileSystem fs, Path path) {
    return fs instanceof RawLocalFileSystem local
        && Files.isSymbolicLink(local.pathToFile(path).toPath());
  }

  /**
   * Hadoop keeps quiet about names that it cannot look at: links that lead nowhere, and names that
   * are not in this process' encoding. They are listed as empty files, which reading then refuses.
   */
  private static void addUnseen(RawLocalFileSystem local, Path folder, List<Entry> seen) {
    String[] names = local.pathToFile(folder).list();
    if (names == null || names.length == seen.size()) {
      return;
    }
    Set<String> known = new HashSet<>();
    seen.forEach(entry -> known.add(entry.name()));
    for (String name : names) {
      Path path = new Path(folder, new Path(null, null, name));
      if (!known.contains(name) && !Files.isDirectory(local.pathToFile(path).toPath())) {
        seen.add(new Entry(local.makeQualified(path), /* isFolder= */ false, 0, 0));
      }
    }
  }
}
