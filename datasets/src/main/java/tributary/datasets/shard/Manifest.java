package tributary.datasets.shard;

import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Pattern;
import tributary.datasets.Checks;
import tributary.datasets.DataException;

/**
 * What a dataset holds: the content of its {@value #FILE_NAME}.
 *
 * <p>Example numbers are global in a split: they run through its shards in the order listed here.
 *
 * @param task what the examples are
 * @param classes class names; the label of an example, and of a pixel, a box or a word, is a
 *     position in this list; empty for tasks without classes
 * @param images what is known of all images; null for tasks without images
 * @param text what is known of all text; null for tasks without text, or if nothing was learned
 * @param splits split name to shards, both in order
 */
public record Manifest(
    Task task,
    List<String> classes,
    Images images,
    Text text,
    Map<String, List<ShardInfo>> splits) {
  /** Name of the manifest in the dataset's folder. */
  public static final String FILE_NAME = "manifest.json";

  /** Version of the format that manifests, indexes and shards are written in. */
  public static final int VERSION = ManifestJson.VERSION;

  private static final Pattern SPLIT_NAME = Pattern.compile("[a-z][a-z0-9_]*");

  /** Refuses values that do not fit the description above. */
  public Manifest {
    Objects.requireNonNull(task, "task");
    Checks.argument(
        task.isOfImages() == (images != null),
        "a dataset for %s must %s image statistics",
        task,
        task.isOfImages() ? "have" : "not have");
    Checks.argument(
        text == null || !task.isOfImages() || task == Task.CAPTIONING,
        "a dataset for %s must not have a vocabulary",
        task);
    classes = List.copyOf(classes);
    splits = copyOf(splits);
    checkClasses(task, classes);
    checkSplits(splits);
  }

  /** Of a dataset without a vocabulary. */
  public Manifest(
      Task task, List<String> classes, Images images, Map<String, List<ShardInfo>> splits) {
    this(task, classes, images, null, splits);
  }

  /** The manifest as JSON text: equal manifests give equal bytes. */
  public byte[] toJson() {
    return ManifestJson.write(this);
  }

  /**
   * Parses a manifest.
   *
   * @param place of the JSON text, for error messages
   * @throws DataException if the text is no manifest of a known version
   */
  public static Manifest fromJson(byte[] json, String place) throws DataException {
    return ManifestJson.read(json, place);
  }

  /**
   * The shards of a split, in order.
   *
   * @throws MissingDatasetException if there is no such split
   */
  public List<ShardInfo> shards(String split) throws MissingDatasetException {
    List<ShardInfo> shards = splits.get(split);
    if (shards == null) {
      throw new MissingDatasetException(
          Checks.format("Unknown split '%s'; known are %s", split, splits.keySet()));
    }
    return shards;
  }

  /** Number of examples of a split. */
  public long examples(String split) throws MissingDatasetException {
    return shards(split).stream().mapToLong(ShardInfo::examples).sum();
  }

  /** Number of examples of each shard of a split, in shard order. */
  public int[] examplesPerShard(String split) throws MissingDatasetException {
    return shards(split).stream().mapToInt(ShardInfo::examples).toArray();
  }

  private static Map<String, List<ShardInfo>> copyOf(Map<String, List<ShardInfo>> splits) {
    Map<String, List<ShardInfo>> copy = new LinkedHashMap<>();
    splits.forEach((name, shards) -> copy.put(name, List.copyOf(shards)));
    return Collections.unmodifiableMap(copy);
  }

  private static void checkClasses(Task task, List<String> classes) {
    Checks.argument(!task.isClassified() || !classes.isEmpty(), "classes must not be empty");
    Set<String> seen = new HashSet<>();
    for (String name : classes) {
      Checks.argument(
          !name.isBlank() && name.chars().noneMatch(Character::isISOControl),
          "class name must be visible text, got '%s'",
          name);
      Checks.argument(seen.add(name), "class name '%s' is listed twice", name);
    }
  }

  private static void checkSplits(Map<String, List<ShardInfo>> splits) {
    Checks.argument(!splits.isEmpty(), "splits must not be empty");
    Set<String> seen = new HashSet<>();
    splits.forEach(
        (split, shards) -> {
          Checks.argument(
              SPLIT_NAME.matcher(split).matches(),
              "split name must be lower-case letters, digits and '_', got '%s'",
              split);
          for (ShardInfo shard : shards) {
            Checks.argument(seen.add(shard.name()), "shard %s is listed twice", shard.name());
          }
        });
  }
}
