package tributary.datasets.source;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import tributary.datasets.Checks;
import tributary.datasets.DataException;
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
    NamedRoots roots = NamedRoots.find("image-folder", options, SplitFolders::ofClasses, hadoop);
    List<Part> parts = new ArrayList<>();
    for (Map.Entry<String, Path> root : roots.folders().entrySet()) {
      for (Entry entry : SourceFiles.list(root.getValue(), hadoop)) {
        if (entry.isFolder()) {
          parts.add(Part.of(root.getKey(), entry.path().toString(), entry.name(), 0));
        }
      }
    }
    requireSameClasses(roots.folders(), parts, options.classes());
    return new ImageFolderSource(roots.prefixes(), parts, options.classes());
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
    Path folder = new Path(part.path());
    SortedMap<String, Long> files = SourceFiles.walk(folder, hadoop);
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
    return new RowReader() {
      @Override
      public SortedMap<String, byte[]> read(Part part, Row row) throws IOException {
        String name = row.name().substring(prefix(part).length());
        Path file = SourceFiles.below(new Path(part.path()), name);
        return new TreeMap<>(
            Map.of(Preparation.IMAGE, SourceFiles.readExample(file, row.bytes(), hadoop)));
      }

      @Override
      public void close() {
        // Nothing stays open.
      }
    };
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
    String first = PackPlan.measured(List.copyOf(roots.keySet()));
    for (Map.Entry<String, Path> root : roots.entrySet()) {
      if (classNames(parts, root.getKey()).isEmpty()) {
        throw new MissingDatasetException(
            Checks.format(
                "No classes in %s: expected a folder of images for each class, found no folder",
                root.getValue()));
      }
    }
    SortedSet<String> classes = classNames(parts, first);
    SourceFiles.requireClassNames(classes, roots.get(first).toString());
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
}
