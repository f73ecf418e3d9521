package tributary.datasets.source;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tributary.datasets.Checks;
import tributary.datasets.shard.Manifest;
import tributary.datasets.shard.ShardInfo;

/**
 * How a source is cut into shards; driver only, its ranges are sent.
 *
 * @param ranges one a shard, split by split, in example order
 */
public record PackPlan(List<ShardRange> ranges) {
  private static final String STATISTICS_SPLIT = "train";

  public PackPlan {
    ranges = List.copyOf(ranges);
  }

  /**
   * The examples of one shard.
   *
   * @param split of the source
   * @param shardIndex in the split, from 0
   * @param from first example
   * @param to after the last example
   */
  public record ShardRange(String split, int shardIndex, long from, long to)
      implements Serializable {}

  /**
   * Shards of {@code examplesPerShard} examples; the last of a split may hold fewer.
   *
   * @param examplesPerShard at least 1
   */
  public static PackPlan of(ExampleSource source, int examplesPerShard) {
    Checks.argument(
        examplesPerShard >= 1, "examples per shard must be >= 1, got %d", examplesPerShard);
    List<ShardRange> ranges = new ArrayList<>();
    for (String split : source.splits()) {
      long examples = source.examples(split);
      int shard = 0;
      for (long from = 0; from < examples; from += examplesPerShard) {
        ranges.add(
            new ShardRange(split, shard++, from, Math.min(from + examplesPerShard, examples)));
      }
    }
    return new PackPlan(ranges);
  }

  /**
   * The manifest of the packed dataset.
   *
   * @param shards one a range, in the order of {@link #ranges}
   */
  public Manifest manifest(ExampleSource source, List<PackedShard> shards) {
    Checks.argument(
        shards.size() == ranges.size(),
        "expected %d packed shards, got %d",
        ranges.size(),
        shards.size());
    Map<String, List<ShardInfo>> splits = new LinkedHashMap<>();
    source.splits().forEach(split -> splits.put(split, new ArrayList<>()));
    PixelSums sums = PixelSums.none(source.imageShape().channels());
    for (int i = 0; i < shards.size(); i++) {
      ShardRange range = ranges.get(i);
      PackedShard packed = shards.get(i);
      checkFits(range, packed.shard());
      splits.get(range.split()).add(packed.shard());
      if (range.split().equals(STATISTICS_SPLIT)) {
        sums = sums.plus(packed.sums());
      }
    }
    return new Manifest(
        Manifest.IMAGE_CLASSIFICATION,
        source.classes(),
        source.imageShape(),
        splits,
        sums.statistics());
  }

  private static void checkFits(ShardRange range, ShardInfo shard) {
    String name = ShardPacker.shardName(range.split(), range.shardIndex());
    Checks.argument(
        shard.name().equals(name) && shard.examples() == range.to() - range.from(),
        "expected packed shard %s with %d examples, got %s with %d",
        name,
        range.to() - range.from(),
        shard.name(),
        shard.examples());
  }
}
