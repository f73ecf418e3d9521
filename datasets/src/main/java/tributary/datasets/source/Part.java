package tributary.datasets.source;

import java.io.Serializable;
import java.util.Objects;
import tributary.datasets.Checks;

/**
 * A piece of a source that is listed on its own: a file, a folder, an archive inside another one.
 * Sent.
 *
 * @param split that its examples belong to
 * @param path URI of the file or folder
 * @param className of all its examples; null if each says its own, or has none
 * @param offset byte of the file where the piece starts; 0 for a folder
 * @param bytes of the piece; for a folder 0, as nobody knows before it is listed
 */
public record Part(String split, String path, String className, long offset, long bytes)
    implements Serializable {
  /** Refuses values that do not fit the description above. */
  public Part {
    Objects.requireNonNull(split, "split");
    Objects.requireNonNull(path, "path");
    Checks.argument(
        offset >= 0 && bytes >= 0, "part %s of %d bytes at byte %d", path, bytes, offset);
  }

  /** A whole file or folder. */
  public static Part of(String split, String path, String className, long bytes) {
    return new Part(split, path, className, 0, bytes);
  }
}
