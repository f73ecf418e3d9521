package tributary.worker.train;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.LongStream;
import tributary.datasets.Checks;

/**
 * Places in an epoch's order, in the order in which they are used. Sent.
 *
 * @param ranges no two of which touch in that order
 */
public record Places(List<Range> ranges) implements Serializable {
  /** No place. */
  public static final Places NONE = new Places(List.of());

  /** Keeps an own copy, and joins what touches. */
  public Places {
    List<Range> joined = new ArrayList<>();
    for (Range range : ranges) {
      int last = joined.size() - 1;
      if (last >= 0 && joined.get(last).end() == range.from()) {
        joined.set(
            last, new Range(joined.get(last).from(), joined.get(last).size() + range.size()));
      } else {
        joined.add(range);
      }
    }
    ranges = List.copyOf(joined);
  }

  /**
   * Consecutive places.
   *
   * @param from the first, {@code >= 0}
   * @param size how many, {@code >= 1}
   */
  public record Range(long from, long size) implements Serializable {
    /** Checks the ranges. */
    public Range {
      Checks.argument(
          from >= 0 && size >= 1 && size <= Long.MAX_VALUE - from,
          "no range of places: %d from %d on",
          size,
          from);
    }

    /** The place after the last. */
    public long end() {
      return from + size;
    }
  }

  /** Consecutive places; none if {@code size} is 0. */
  public static Places of(long from, long size) {
    return size == 0 ? NONE : new Places(List.of(new Range(from, size)));
  }

  /** How many there are. */
  public long size() {
    return ranges.stream().mapToLong(Range::size).sum();
  }

  /** Each of them. */
  public LongStream stream() {
    return ranges.stream().flatMapToLong(range -> LongStream.range(range.from(), range.end()));
  }

  /** These, then others. */
  Places then(Places others) {
    List<Range> all = new ArrayList<>(ranges);
    all.addAll(others.ranges);
    return new Places(all);
  }

  /** The part of {@code size} places that follows the first {@code skipped}. */
  Places part(long skipped, long size) {
    List<Range> part = new ArrayList<>();
    long start = 0;
    for (Range range : ranges) {
      long from = Math.max(start, skipped);
      long end = Math.min(start + range.size(), skipped + size);
      if (from < end) {
        part.add(new Range(range.from() + from - start, end - from));
      }
      start += range.size();
    }
    return new Places(part);
  }

  /** All but the first {@code skipped}. */
  Places after(long skipped) {
    return part(skipped, size() - skipped);
  }

  /** Whether no place is there twice, and all lie before {@code end}. */
  boolean areDistinctBefore(long end) {
    long free = 0;
    for (Range range : ranges.stream().sorted(Comparator.comparingLong(Range::from)).toList()) {
      if (range.from() < free) {
        return false;
      }
      free = range.end();
    }
    return free <= end;
  }

  /**
   * The sizes of the minibatches that they are cut into: as few as fit, and as equal as can be, so
   * that an epoch's tail is neither dropped nor ends in a minibatch of one.
   *
   * @param minibatchSize the largest size allowed
   */
  public int[] minibatchSizes(int minibatchSize) {
    int[] sizes = new int[minibatches(size(), minibatchSize)];
    long size = size();
    for (int i = 0; i < sizes.length; i++) {
      sizes[i] = (int) (size * (i + 1) / sizes.length - size * i / sizes.length);
    }
    return sizes;
  }

  /** Into how many minibatches so many examples are cut. */
  static int minibatches(long size, int minibatchSize) {
    return Math.toIntExact((size + minibatchSize - 1) / minibatchSize);
  }
}
