package tributary.datasets.shard;

import java.io.Serializable;
import java.util.regex.Pattern;
import tributary.datasets.Checks;

/**
 * One shard as the manifest lists it.
 *
 * @param name file name without extension, for example {@code train-00042}; never a path
 * @param bytes length of the tar
 * @param examples at least 0
 * @param sha256 of the tar, 64 lower-case hexadecimal digits
 */
public record ShardInfo(String name, long bytes, int examples, String sha256)
    implements Serializable {
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9_-]*");
  private static final Pattern SHA256 = Pattern.compile("[0-9a-f]{64}");

  /** Refuses values that do not fit the description above. */
  public ShardInfo {
    checkName(name);
    Checks.argument(bytes >= 0, "shard %s: bytes must be >= 0, got %d", name, bytes);
    Checks.argument(examples >= 0, "shard %s: examples must be >= 0, got %d", name, examples);
    Checks.argument(
        SHA256.matcher(sha256).matches(),
        "shard %s: sha256 must be 64 hexadecimal digits, got '%s'",
        name,
        sha256);
  }

  static void checkName(String name) {
    Checks.argument(
        NAME.matcher(name).matches(),
        "shard name must be letters, digits, '-' and '_', got '%s'",
        name);
  }

  String tarName() {
    return name + ".tar";
  }

  String indexName() {
    return name + ".idx";
  }
}
