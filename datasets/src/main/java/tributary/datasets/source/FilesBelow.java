package tributary.datasets.source;

import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import tributary.datasets.source.SourceFiles.Entry;

/**
 * Looks for files by paths that a table names, without trusting those: they are compared with what
 * folders hold, from the first folder on, and never opened as they are. What {@link
 * SourceFiles#list} leaves out is not found, such as links to folders. Each folder is listed once.
 * Not safe for several threads.
 */
final class FilesBelow {
  private final Path root;
  private final Configuration hadoop;

  /** What is in a folder by its path below the root, in normalization form C as texts are. */
  private final Map<String, Map<String, Found>> listed = new HashMap<>();

  FilesBelow(Path root, Configuration hadoop) {
    this.root = root;
    this.hadoop = hadoop;
  }

  /**
   * A file or folder.
   *
   * @param name its path below the root, spelled as it is there
   */
  record Found(String name, Entry entry) {}

  /** The file of that path below the root. */
  Optional<Found> file(String path) throws IOException {
    return find(TextDecoder.normalized(path)).filter(found -> !found.entry().isFolder());
  }

  private Optional<Found> find(String path) throws IOException {
    int end = path.lastIndexOf('/');
    String folder = path.substring(0, Math.max(end, 0));
    Map<String, Found> siblings = listed.get(folder);
    if (siblings == null) {
      siblings = list(folder);
      listed.put(folder, siblings);
    }
    return Optional.ofNullable(siblings.get(path.substring(end + 1)));
  }

  private Map<String, Found> list(String folder) throws IOException {
    if (folder.isEmpty()) {
      return list(root, "");
    }
    Optional<Found> found = find(folder).filter(child -> child.entry().isFolder());
    return found.isEmpty() ? Map.of() : list(found.get().entry().path(), found.get().name() + "/");
  }

  private Map<String, Found> list(Path folder, String prefix) throws IOException {
    Map<String, Found> children = new HashMap<>();
    for (Entry child : SourceFiles.list(folder, hadoop)) {
      children.put(TextDecoder.normalized(child.name()), new Found(prefix + child.name(), child));
    }
    return children;
  }
}
