package tributary.datasets.source;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import tributary.datasets.Checks;
import tributary.datasets.DataException;
import tributary.datasets.Seeds;

/**
 * What is known of all rows of a source: gathered in any order, it is the same. Sent; for one
 * thread at a time.
 */
public final class RowSummary implements Serializable {
  private static final long serialVersionUID = 1;

  private final TreeMap<String, Counts> splits = new TreeMap<>();
  private long digest;

  /** Takes in a row of a split. */
  public RowSummary add(String split, Row row) {
    Counts counts = splits.computeIfAbsent(split, name -> new Counts());
    counts.examples++;
    counts.bytes += row.bytes();
    if (row.className() != null) {
      counts.classes.merge(row.className(), 1L, Long::sum);
    }
    digest +=
        Seeds.mix(
            row.hash(),
            row.part(),
            row.number(),
            row.offset(),
            row.bytes(),
            row.className() == null ? 0 : row.className().hashCode());
    return this;
  }

  /** Takes in what another has seen. */
  public RowSummary add(RowSummary other) {
    other.splits.forEach(
        (split, counts) -> splits.computeIfAbsent(split, name -> new Counts()).add(counts));
    digest += other.digest;
    return this;
  }

  /** Rows of a split. */
  public long examples(String split) {
    return splits.getOrDefault(split, new Counts()).examples;
  }

  /** Bytes of a split's rows in the source's files. */
  public long bytes(String split) {
    return splits.getOrDefault(split, new Counts()).bytes;
  }

  /** Rows of a split by class; those that do not tell theirs are left out. */
  public SortedMap<String, Long> classes(String split) {
    return Collections.unmodifiableSortedMap(splits.getOrDefault(split, new Counts()).classes);
  }

  /** A number that changes with every row. */
  public long digest() {
    return digest;
  }

  /**
   * The classes of the packed dataset, in label order.
   *
   * @param wanted what they must be; empty if they are those of the rows of {@code train}, or of
   *     the first split if there is none, in their natural order
   * @param named what parts of that split say that they are of, so that an empty one is noticed
   * @param order of the splits
   * @throws DataException if a split has another class, or training would miss one
   */
  List<String> classes(List<String> wanted, SortedSet<String> named, List<String> order)
      throws DataException {
    String first = PackPlan.measured(order);
    SortedSet<String> trained = new TreeSet<>(classes(first).keySet());
    SortedSet<String> missing = new TreeSet<>(named);
    missing.removeAll(trained);
    if (!missing.isEmpty()) {
      throw new DataException(
          Checks.format(
              "Split %s has no example of the classes %s, though it names them; it has examples of"
                  + " %s",
              first, missing, trained));
    }
    List<String> classes = wanted.isEmpty() ? new ArrayList<>(trained) : wanted;
    for (String split : order) {
      Set<String> unknown = new TreeSet<>(classes(split).keySet());
      classes.forEach(unknown::remove);
      if (!unknown.isEmpty()) {
        throw new DataException(
            Checks.format(
                "Split %s has examples of the classes %s, which %s not: expected %s",
                split,
                unknown,
                wanted.isEmpty() ? "split " + first + " has" : "--classes names",
                classes));
      }
    }
    return classes;
  }

  private static final class Counts implements Serializable {
    private static final long serialVersionUID = 1;

    private final TreeMap<String, Long> classes = new TreeMap<>();
    private long examples;
    private long bytes;

    void add(Counts other) {
      examples += other.examples;
      bytes += other.bytes;
      other.classes.forEach((name, count) -> classes.merge(name, count, Long::sum));
    }
  }
}
