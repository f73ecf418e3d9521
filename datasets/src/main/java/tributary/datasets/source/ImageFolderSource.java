package tributary.datasets.source;

import java.io.EOFException;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.Path;
import tributary.datasets.Checks;
import tributary.datasets.DataException;
import tributary.datasets.Storage;
import tributary.datasets.shard.BadExampleException;
import tributary.datasets.shard.MissingDatasetException;
import tributary.datasets.shard.Task;
import tributary.datasets.source.SourceFiles.Entry;

/**
 * Images in folders named after their classes: {@code root/split/class/*}, or {@code root/class/*}
 * for the split {@code train} alone.
 *
 * <p>Every file below a class' folder is an example, in folders of its own or not, but for hidden
 * ones ({@link SourceFiles#isHidden}); what is no image is a bad example. Files beside the folders
 * of classes are not looked at.
 *
 * @param prefixes of the names of a split's examples, by split: its folder's name and a slash;
 *     empty where classes lie in the root
 * @param parts a folder of one class each
 * @param classes class names in label order; empty for the folders' names, sorted
 */
record ImageFolderSource(Map<String, String> prefixes, List<Part> parts, List<String> classes)
    implements ExampleSource {
  ImageFolderSource {
    prefixes = Map.copyOf(prefixes);
    parts = List.copyOf(parts);
    classes = List.copyOf(classes);
  }

  /**
   * Finds splits and classes.
   *
   * @throws MissingDatasetException if there are no folders
   * @throws DataException if a split has classes that the first has not, or {@code --classes} names
   *     others
   */
  static ImageFolderSource open(SourceOptions options, Configuration hadoop) throws IOException {
    Map<String, Path> roots = new LinkedHashMap<>();
    Map<String, String> prefixes = new TreeMap<>();
    if (options.namesSplits()) {
      options.splits("image-folder").forEach((split, path) -> roots.put(split, new Path(path)));
      roots.keySet().forEach(split -> prefixes.put(split, split + "/"));
    } else {
      Path root = new Path(options.folder("image-folder"));
      roots.putAll(SplitFolders.find(root, hadoop));
      roots.forEach(
          (split, path) -> prefixes.put(split, path.equals(root) ? "" : path.getName() + "/"));
    }
    List<Part> parts = new ArrayList<>();
    for (Map.Entry<String, Path> root : roots.entrySet()) {
      for (Entry entry : SourceFiles.list(root.getValue(), hadoop)) {
        if (entry.isFolder()) {
          parts.add(Part.of(root.getKey(), entry.path().toString(), entry.name(), 0));
        }
      }
    }
    requireSameClasses(roots, parts, options.classes());
    return new ImageFolderSource(prefixes, parts, options.classes());
  }

  @Override
  public Task task() {
    return Task.IMAGE_CLASSIFICATION;
  }

  @Override
  public boolean isGrouped() {
    return true;
  }

  @Override
  public Rows list(Part part, Configuration hadoop) throws IOException {
    SortedMap<String, Long> files = new TreeMap<>(SourceFiles.byBytes());
    Path folder = new Path(part.path());
    Deque<Folder> left = new ArrayDeque<>(List.of(new Folder(folder, "")));
    while (!left.isEmpty()) {
      Folder next = left.remove();
      for (Entry entry : SourceFiles.list(next.path(), hadoop)) {
        String name = next.prefix() + entry.name();
        if (entry.isFolder()) {
          left.add(new Folder(entry.path(), name + "/"));
        } else {
          files.put(name, entry.bytes());
        }
      }
    }
    if (files.isEmpty()) {
      throw new DataException(
          Checks.format(
              "Class %s has no images: its folder %s is empty; the classes are %s. Put images there"
                  + " or remove the folder",
              part.className(), folder, classNames(parts, part.split())));
    }
    Iterator<Map.Entry<String, Long>> each = files.entrySet().iterator();
    return () -> each.hasNext() ? row(part, each.next()) : null;
  }

  @Override
  public RowReader open(Configuration hadoop) {
    return new Reader(hadoop);
  }

  private Row row(Part part, Map.Entry<String, Long> file) {
    return new Row(0, 0, prefix(part) + file.getKey(), part.className(), 0, file.getValue());
  }

  private String prefix(Part part) {
    return prefixes.get(part.split()) + part.className() + "/";
  }

  private static SortedSet<String> classNames(List<Part> parts, String split) {
    return parts.stream()
        .filter(part -> part.split().equals(split))
        .map(Part::className)
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private static void requireSameClasses(
      Map<String, Path> roots, List<Part> parts, List<String> wanted) throws DataException {
    String first =
        roots.containsKey(PackPlan.TRAIN) ? PackPlan.TRAIN : roots.keySet().iterator().next();
    for (Map.Entry<String, Path> root : roots.entrySet()) {
      if (classNames(parts, root.getKey()).isEmpty()) {
        throw new MissingDatasetException(
            Checks.format(
                "No classes in %s: expected a folder of images for each class, found no folder",
                root.getValue()));
      }
    }
    SortedSet<String> classes = classNames(parts, first);
    if (!wanted.isEmpty() && !classes.equals(new TreeSet<>(wanted))) {
      throw new DataException(
          Checks.format(
              "The folders in %s are not what --classes names: expected %s, found %s",
              roots.get(first), new TreeSet<>(wanted), classes));
    }
    for (Map.Entry<String, Path> root : roots.entrySet()) {
      SortedSet<String> unknown = classNames(parts, root.getKey());
      unknown.removeAll(classes);
      if (!unknown.isEmpty()) {
        throw new DataException(
            Checks.format(
                "Folder %s has the classes %s, which split %s has not: expected %s",
                root.getValue(), unknown, first, classes));
      }
    }
  }

  /** A folder that is still to be listed, and how the names of what is in it start. */
  private record Folder(Path path, String prefix) {}

  private final class Reader implements RowReader {
    private final Configuration hadoop;

    Reader(Configuration hadoop) {
      this.hadoop = hadoop;
    }

    @Override
    public SortedMap<String, byte[]> read(Part part, Row row) throws IOException {
      Path file = below(new Path(part.path()), row.name().substring(prefix(part).length()));
      if (row.bytes() == 0 && !Storage.fileSystem(file, hadoop).exists(file)) {
        throw new BadExampleException(
            "expected a file, found a link that leads nowhere, or a name that is not in the"
                + " encoding of this process; set LC_ALL=C.UTF-8");
      }
      SourceFiles.requireSize(row.bytes());
      byte[] content = new byte[(int) row.bytes()];
      try (FSDataInputStream in = SourceFiles.open(file, hadoop)) {
        Storage.readFully(in, 0, content);
      } catch (EOFException e) {
        throw new DataException(
            Checks.format(
                "The file %s had %d bytes when it was listed, and has fewer now; pack again",
                file, row.bytes()),
            e);
      }
      return new TreeMap<>(Map.of(Preparation.IMAGE, content));
    }

    /** Names may hold colons, which Hadoop takes for a scheme's. */
    private Path below(Path folder, String name) {
      return new Path(
          folder.toUri().getScheme(),
          folder.toUri().getAuthority(),
          folder.toUri().getPath() + "/" + name);
    }

    @Override
    public void close() {
      // Nothing stays open.
    }
  }
}
