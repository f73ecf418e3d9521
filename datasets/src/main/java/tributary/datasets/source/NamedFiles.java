package tributary.datasets.source;

import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import tributary.datasets.Checks;
import tributary.datasets.DataException;
import tributary.datasets.source.SourceFiles.Entry;

/**
 * Files that are known by their names, in a folder or in the tar that they are downloaded as, which
 * is read where it is, packed by gzip or not. Names of folders in the tar do not count.
 *
 * @param place the folder or the tar
 * @param found by name
 */
record NamedFiles(String place, Map<String, Found> found) {
  /**
   * Where a file lies.
   *
   * @param path of the file, or of the tar
   * @param offset byte of that, unpacked, where its content starts
   * @param bytes of its content
   */
  record Found(String path, long offset, long bytes) {}

  /** Whether a path is that of a tar, by its ending. */
  static boolean isTar(Path path) {
    String name = path.getName();
    return name.endsWith(".tar") || name.endsWith(".tar.gz") || name.endsWith(".tgz");
  }

  /** What lies in a folder. */
  static NamedFiles inFolder(Path folder, Configuration hadoop) throws IOException {
    SortedMap<String, Found> found = new TreeMap<>();
    for (Entry file : SourceFiles.listFiles(folder, hadoop)) {
      found.put(file.name(), new Found(file.path().toString(), 0, file.bytes()));
    }
    return new NamedFiles(folder.toString(), found);
  }

  /**
   * What lies in a tar; one that is packed by gzip is unpacked for this, up to its end.
   *
   * @throws DataException if it is damaged, or holds two files of one name
   */
  static NamedFiles inTar(Path tar, Configuration hadoop) throws IOException {
    String path = tar.toString();
    SortedMap<String, Found> found = new TreeMap<>();
    Stretch unpacked =
        Stretch.isGzip(path) ? Stretch.ofGzip(path, hadoop) : Stretch.of(path, hadoop);
    try (TarWalk walk = TarWalk.archive(unpacked)) {
      for (TarWalk.Member file = walk.next(); file != null; file = walk.next()) {
        String name = file.name().substring(file.name().lastIndexOf('/') + 1);
        if (found.put(name, new Found(path, file.offset(), file.bytes())) != null) {
          throw new DataException(
              Checks.format("Bad archive %s: it holds more than one file %s", path, name));
        }
      }
    }
    return new NamedFiles(path, found);
  }

  /** The file of that name, if there is one. */
  Optional<Found> find(String name) {
    return Optional.ofNullable(found.get(name));
  }

  /** A name with where it is looked for, for messages. */
  String describe(String name) {
    return place + "/" + name;
  }

  /**
   * A small file as a whole.
   *
   * @throws DataException if it has more than {@code limit} bytes
   */
  byte[] read(String name, int limit, Configuration hadoop) throws IOException {
    Found file = found.get(name);
    if (file.bytes() > limit) {
      throw new DataException(
          Checks.format(
              "Bad file %s: expected at most %d bytes, found %d",
              describe(name), limit, file.bytes()));
    }
    try (Stretch content = Stretch.of(file.path(), file.offset(), file.bytes(), hadoop)) {
      return content.read(0, (int) file.bytes());
    }
  }
}
