package tributary.datasets.source;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Collectors;
import tributary.datasets.Checks;
import tributary.datasets.DataException;

/**
 * How the rows of a source are cut into shards: position {@code p} in the order of {@link
 * Placement}s belongs to the shard that {@link #shardAt} tells. Sent.
 *
 * @param splits names, in order
 * @param examples of each split, at least 0; those of one come before those of the next
 * @param classes in label order
 * @param shardSize examples of a shard but for the last of a split
 */
public record PackPlan(
    List<String> splits, List<Long> examples, List<String> classes, int shardSize)
    implements Serializable {
  static final String TRAIN = "train";

  /** Refuses values that do not fit the description above. */
  public PackPlan {
    splits = List.copyOf(splits);
    examples = List.copyOf(examples);
    classes = List.copyOf(classes);
    Checks.argument(
        splits.size() == examples.size(),
        "%d splits, but %d counts of examples",
        splits.size(),
        examples.size());
  }

  /**
   * Plans the shards of a source.
   *
   * @param placer of its rows
   * @param summary of all of them
   * @throws DataException if there is no example, or classes do not fit
   */
  public static PackPlan of(Placer placer, RowSummary summary) throws DataException {
    ExampleSource source = placer.source();
    List<String> splits = placer.splits();
    List<Long> examples = splits.stream().map(summary::examples).toList();
    if (examples.stream().mapToLong(Long::longValue).sum() == 0) {
      throw new DataException(
          "No examples in "
              + source.parts().stream().map(Part::path).limit(3).collect(Collectors.joining(", ")));
    }
    String first = measured(splits);
    SortedSet<String> named =
        source.parts().stream()
            .filter(part -> part.split().equals(first) && part.className() != null)
            .map(Part::className)
            .collect(Collectors.toCollection(TreeSet::new));
    List<String> classes = summary.classes(source.classes(), named, splits);
    return new PackPlan(splits, examples, classes, placer.settings().shardSize());
  }

  /**
   * The split that classes, statistics and vocabularies are those of: {@code train}, or the first.
   */
  static String measured(List<String> splits) {
    return splits.contains(TRAIN) ? TRAIN : splits.get(0);
  }

  /** How many shards there are. */
  public int shards() {
    int shards = 0;
    for (int split = 0; split < splits.size(); split++) {
      shards += shards(split);
    }
    return shards;
  }

  /** The shard that the row at a position belongs to: {@code 0..shards()-1}. */
  public int shardAt(long position) {
    long left = position;
    int shard = 0;
    for (int split = 0; split < splits.size(); split++) {
      if (left < examples.get(split)) {
        return shard + (int) (left / shardSize);
      }
      left -= examples.get(split);
      shard += shards(split);
    }
    throw new IllegalArgumentException("no row has position " + position);
  }

  /** A shard. */
  public PlannedShard shard(int number) {
    int index = number;
    int split = 0;
    while (index >= shards(split)) {
      index -= shards(split++);
    }
    long first = (long) index * shardSize;
    int count = (int) Math.min(shardSize, examples.get(split) - first);
    return new PlannedShard(splits.get(split), index, first, count);
  }

  /** All shards, in order. */
  public List<PlannedShard> allShards() {
    List<PlannedShard> all = new ArrayList<>();
    for (int number = 0; number < shards(); number++) {
      all.add(shard(number));
    }
    return all;
  }

  private int shards(int split) {
    return Math.toIntExact(-Math.floorDiv(-examples.get(split), (long) shardSize));
  }

  /**
   * A shard to be packed. Sent.
   *
   * @param split that it belongs to
   * @param index in the split, from 0
   * @param first number in the split of its first example
   * @param examples of it, at least 1, if none is bad
   */
  public record PlannedShard(String split, int index, long first, int examples)
      implements Serializable {
    /** File name without extension. */
    String name() {
      return Checks.format("%s-%05d", split, index);
    }
  }
}
