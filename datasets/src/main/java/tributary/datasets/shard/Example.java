package tributary.datasets.shard;

import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import tributary.datasets.Checks;

/**
 * One example: all the files of a shard that share a key.
 *
 * @param key name shared by the files, without a dot, for example {@code 0000123}
 * @param fields file contents by extension: {@code png} or {@code jpg} to the encoded image, {@code
 *     cls} to the class index in ASCII decimals; not copied
 */
public record Example(String key, SortedMap<String, byte[]> fields) {
  /** Extension of the file that holds the class index. */
  public static final String LABEL_FIELD = "cls";

  /** Extension of the file that holds the name, in UTF-8, that the example had in its source. */
  public static final String NAME_FIELD = "name";

  private static final Set<String> IMAGE_FIELDS = Set.of("png", "jpg", "jpeg");

  /** Refuses values that do not fit the description above. */
  public Example {
    Checks.argument(
        !key.isEmpty() && key.indexOf('.') < 0 && key.indexOf('\0') < 0,
        "example key must be non-empty and hold no dot, got '%s'",
        key);
    Checks.argument(!fields.isEmpty(), "example %s has no fields", key);
    fields = Collections.unmodifiableSortedMap(fields);
  }

  /**
   * A labelled image.
   *
   * @param extension {@code png} or {@code jpg}
   * @param image encoded bytes, not copied
   * @param label class index, at least 0
   */
  public static Example ofImage(String key, String extension, byte[] image, int label) {
    Checks.argument(label >= 0, "example %s: label must be >= 0, got %d", key, label);
    SortedMap<String, byte[]> fields = new TreeMap<>();
    fields.put(extension, image);
    fields.put(LABEL_FIELD, Integer.toString(label).getBytes(StandardCharsets.US_ASCII));
    return new Example(key, fields);
  }

  /** The extension and the encoded bytes of the image, if there is one. */
  public Optional<Map.Entry<String, byte[]>> image() {
    return fields.entrySet().stream()
        .filter(field -> IMAGE_FIELDS.contains(field.getKey()))
        .findFirst();
  }
}
