package tributary.datasets.source;

import java.io.Serializable;
import java.util.Comparator;

/**
 * Where a row comes in the packed dataset: rows are packed in the order of their placements, which
 * is a total one. Sent.
 *
 * @param split position of its split in {@link PackPlan#splits}
 * @param rank the hash of its name if examples are mixed, else 0
 * @param part the row's
 * @param number the row's
 */
public record Placement(int split, long rank, int part, long number)
    implements Comparable<Placement>, Serializable {
  private static final Comparator<Placement> ORDER =
      Comparator.comparingInt(Placement::split)
          .thenComparingLong(Placement::rank)
          .thenComparingInt(Placement::part)
          .thenComparingLong(Placement::number);

  @Override
  public int compareTo(Placement other) {
    return ORDER.compare(this, other);
  }
}
