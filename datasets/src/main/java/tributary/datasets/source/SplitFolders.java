package tributary.datasets.source;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import tributary.datasets.Checks;
import tributary.datasets.DataException;
import tributary.datasets.source.SourceFiles.Entry;

/** Which folders of a dataset are its splits: those with a name that people give to splits. */
final class SplitFolders {
  private static final Map<String, String> SPLITS =
      Map.of(
          "train", "train",
          "training", "train",
          "val", "validation",
          "valid", "validation",
          "validation", "validation",
          "test", "test",
          "testing", "test");

  /** Splits in the order that a dataset lists them. */
  static final List<String> ORDER = List.of("train", "validation", "test");

  private SplitFolders() {}

  /** The split that a name means, if it means one. */
  static Optional<String> split(String name) {
    return Optional.ofNullable(SPLITS.get(name.toLowerCase(Locale.ROOT)));
  }

  /**
   * Folder of each split, in the order train, validation, test; the root itself, as {@code train},
   * if its folders are no splits.
   *
   * <p>They are splits if all have names of such and hold folders; a class may well be called
   * {@code train}.
   *
   * @throws DataException if only some are splits, or two are the same
   */
  static Map<String, Path> ofClasses(Path root, Configuration hadoop) throws IOException {
    return find(root, entry -> holdsFolders(entry.path(), hadoop), hadoop);
  }

  /** The same where there are no folders of classes: every folder of such a name is a split. */
  static Map<String, Path> ofFiles(Path root, Configuration hadoop) throws IOException {
    return find(root, entry -> true, hadoop);
  }

  /** Looks into a folder. */
  private interface Check {
    boolean isSplit(Entry folder) throws IOException;
  }

  private static Map<String, Path> find(Path root, Check check, Configuration hadoop)
      throws IOException {
    List<Entry> named = new ArrayList<>();
    List<String> others = new ArrayList<>();
    for (Entry entry : SourceFiles.list(root, hadoop)) {
      if (entry.isFolder()) {
        if (split(entry.name()).isPresent() && check.isSplit(entry)) {
          named.add(entry);
        } else {
          others.add(entry.name());
        }
      }
    }
    if (named.isEmpty()) {
      return Map.of(ORDER.get(0), root);
    }
    if (!others.isEmpty()) {
      throw new DataException(
          Checks.format(
              "The folder %s holds splits %s and other folders %s: name each split with --input"
                  + " SPLIT=DIR",
              root, named.stream().map(Entry::name).toList(), others));
    }
    return bySplit(root, named);
  }

  private static Map<String, Path> bySplit(Path root, List<Entry> named) throws DataException {
    Map<String, Path> folders = new LinkedHashMap<>();
    for (String split : ORDER) {
      for (Entry entry : named) {
        if (split(entry.name()).orElseThrow().equals(split)
            && folders.put(split, entry.path()) != null) {
          throw new DataException(
              Checks.format(
                  "The folder %s holds the split %s twice, in %s: name each split with --input"
                      + " SPLIT=DIR",
                  root, split, named.stream().map(Entry::name).toList()));
        }
      }
    }
    return folders;
  }

  private static boolean holdsFolders(Path folder, Configuration hadoop) throws IOException {
    return SourceFiles.list(folder, hadoop).stream().anyMatch(Entry::isFolder);
  }
}
