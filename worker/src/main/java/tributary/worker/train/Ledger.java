package tributary.worker.train;

import java.io.Serializable;
import java.util.Arrays;
import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;
import tributary.datasets.Checks;

/**
 * Which examples of an epoch were trained, shard by shard: how many, and an order-free hash of
 * which. Ledgers of disjoint parts add up to the whole's, so those of an epoch's rounds prove that
 * each example was trained exactly once, and if not, name the shard. Sent.
 *
 * @param shards by the number of the shard in its split; shards without trained examples are absent
 */
public record Ledger(SortedMap<Integer, Entry> shards) implements Serializable {
  /** Of no examples. */
  public static final Ledger EMPTY = new Ledger(new TreeMap<>());

  /** Keeps an own copy. */
  public Ledger {
    shards = Collections.unmodifiableSortedMap(new TreeMap<>(shards));
  }

  /**
   * A shard's part.
   *
   * @param examples how many were trained
   * @param hash of which: {@link ExampleHash}
   */
  public record Entry(long examples, long hash) implements Serializable {
    private static final Entry NONE = new Entry(0, 0);

    private Entry minus(Entry other) {
      return new Entry(examples - other.examples, hash - other.hash);
    }

    private Entry plus(Entry other) {
      return new Entry(examples + other.examples, hash + other.hash);
    }
  }

  /**
   * The ledger of some examples.
   *
   * @param numbers of the examples in their split, in any order
   * @param examplesPerShard sizes of the split's shards
   */
  public static Ledger of(long[] numbers, int[] examplesPerShard) {
    long[] ends = ends(examplesPerShard);
    SortedMap<Integer, Entry> shards = new TreeMap<>();
    for (long number : numbers) {
      int found = Arrays.binarySearch(ends, number + 1);
      int shard = found >= 0 ? firstOf(ends, found) : -found - 1;
      Checks.argument(
          number >= 0 && shard < ends.length, "no example %d in %d shards", number, ends.length);
      shards.merge(shard, new Entry(1, ExampleHash.of(new long[] {number})), Entry::plus);
    }
    return new Ledger(shards);
  }

  /** What an epoch must come to that is done. */
  public static Ledger ofAll(int[] examplesPerShard) {
    SortedMap<Integer, Entry> shards = new TreeMap<>();
    long first = 0;
    for (int shard = 0; shard < examplesPerShard.length; shard++) {
      long next = first + examplesPerShard[shard];
      if (next > first) {
        long hash = ExampleHash.ofAll(next) - ExampleHash.ofAll(first);
        shards.put(shard, new Entry(examplesPerShard[shard], hash));
      }
      first = next;
    }
    return new Ledger(shards);
  }

  /** Both together. */
  public Ledger plus(Ledger other) {
    SortedMap<Integer, Entry> sum = new TreeMap<>(shards);
    other.shards.forEach((shard, entry) -> sum.merge(shard, entry, Entry::plus));
    return new Ledger(sum);
  }

  /** What is left of this one without the examples of another, which is a part of it. */
  public Ledger minus(Ledger part) {
    SortedMap<Integer, Entry> rest = new TreeMap<>(shards);
    part.shards.forEach(
        (shard, entry) -> rest.put(shard, rest.getOrDefault(shard, Entry.NONE).minus(entry)));
    rest.values().removeIf(Entry.NONE::equals);
    return new Ledger(rest);
  }

  /** Examples of all shards. */
  public long examples() {
    return shards.values().stream().mapToLong(Entry::examples).sum();
  }

  /** The hash of all shards' examples. */
  public long hash() {
    return shards.values().stream().mapToLong(Entry::hash).sum();
  }

  /** The number after each shard's last example. */
  private static long[] ends(int[] sizes) {
    long[] ends = new long[sizes.length];
    long end = 0;
    for (int shard = 0; shard < sizes.length; shard++) {
      end += sizes[shard];
      ends[shard] = end;
    }
    return ends;
  }

  /** Empty shards end where the one before them does. */
  private static int firstOf(long[] ends, int found) {
    int shard = found;
    while (shard > 0 && ends[shard - 1] == ends[found]) {
      shard--;
    }
    return shard;
  }
}
