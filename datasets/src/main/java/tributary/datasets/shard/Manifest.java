package tributary.datasets.shard;

import java.io.Serializable;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import tributary.datasets.Checks;
import tributary.datasets.DataException;

/**
 * What a dataset holds: the content of its {@value #FILE_NAME}.
 *
 * <p>Example numbers are global in a split: they run through its shards in the order listed here.
 *
 * @param task what the labels mean; {@value #IMAGE_CLASSIFICATION} is the one known
 * @param classes class names; the label of an example is a position in this list
 * @param imageShape of every image
 * @param splits split name to shards, both in order
 * @param statistics of the train split's pixels, one value per channel
 */
public record Manifest(
    String task,
    List<String> classes,
    ImageShape imageShape,
    Map<String, List<ShardInfo>> splits,
    ChannelStatistics statistics)
    implements Serializable {
  /** Name of the manifest in the dataset's folder. */
  public static final String FILE_NAME = "manifest.json";

  /** The task of datasets whose examples are an image and one class. */
  public static final String IMAGE_CLASSIFICATION = "image-classification";

  private static final Pattern SPLIT_NAME = Pattern.compile("[a-z][a-z0-9_]*");

  /** Refuses values that do not fit the description above. */
  public Manifest {
    Checks.argument(
        task.equals(IMAGE_CLASSIFICATION),
        "task must be '%s', got '%s'",
        IMAGE_CLASSIFICATION,
        task);
    classes = List.copyOf(classes);
    splits = copyOf(splits);
    checkClasses(classes);
    checkSplits(splits);
    Checks.argument(
        statistics.mean().size() == imageShape.channels(),
        "statistics must have one mean per channel: expected %d, found %d",
        imageShape.channels(),
        statistics.mean().size());
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

  private static void checkClasses(List<String> classes) {
    Checks.argument(!classes.isEmpty(), "classes must not be empty");
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
