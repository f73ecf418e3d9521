package tributary.datasets.source;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import tributary.datasets.DataException;

/**
 * The folders of a dataset's splits, and what the names of their examples start with, so that a
 * name tells the example in all splits.
 *
 * @param folders by split, in order
 * @param prefixes by split: its folder's name and a slash, or its own if the user names it; empty
 *     if there is one folder without splits
 */
record NamedRoots(Map<String, Path> folders, Map<String, String> prefixes) {
  /** Looks for splits in a folder. */
  interface Finder {
    Map<String, Path> find(Path root, Configuration hadoop) throws IOException;
  }

  /**
   * The splits that the user names, or that are found in the one folder named.
   *
   * @throws DataException if inputs do not fit together
   */
  static NamedRoots find(String format, SourceOptions options, Finder finder, Configuration hadoop)
      throws IOException {
    Map<String, Path> folders = new LinkedHashMap<>();
    Map<String, String> prefixes = new TreeMap<>();
    if (options.namesSplits()) {
      options.splits(format).forEach((split, path) -> folders.put(split, new Path(path)));
      folders.keySet().forEach(split -> prefixes.put(split, split + "/"));
    } else {
      Path root = new Path(options.folder(format));
      folders.putAll(finder.find(root, hadoop));
      folders.forEach(
          (split, path) -> prefixes.put(split, path.equals(root) ? "" : path.getName() + "/"));
    }
    return new NamedRoots(folders, prefixes);
  }
}
