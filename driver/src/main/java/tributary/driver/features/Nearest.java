package tributary.driver.features;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.PriorityQueue;

/**
 * The nearest rows of those that were offered, to each of some queries: the same whatever the order
 * in which they came. For one thread. Sent.
 */
final class Nearest implements Serializable {
  private static final long serialVersionUID = 1;

  private final Measure measure;
  private final int count;

  /** The hits of each query, the farthest at the head. */
  private final List<PriorityQueue<Hit>> hits = new ArrayList<>();

  Nearest(int queries, int count, Measure measure) {
    this.measure = measure;
    this.count = count;
    for (int i = 0; i < queries; i++) {
      hits.add(new PriorityQueue<>(new Farthest(measure)));
    }
  }

  /** Puts the farthest first. Sent. */
  private record Farthest(Measure measure) implements java.util.Comparator<Hit>, Serializable {
    @Override
    public int compare(Hit one, Hit other) {
      return Hit.order(measure).compare(other, one);
    }
  }

  /** Whether a row of that value may be among the nearest, whatever its key. */
  boolean isNear(int query, double value) {
    PriorityQueue<Hit> found = hits.get(query);
    return found.size() < count || measure.compare(value, found.element().value()) <= 0;
  }

  void offer(int query, Hit hit) {
    PriorityQueue<Hit> found = hits.get(query);
    found.add(hit);
    if (found.size() > count) {
      found.remove();
    }
  }

  /** Takes in what others have found. */
  void merge(Nearest others) {
    for (int query = 0; query < hits.size(); query++) {
      for (Hit hit : others.hits.get(query)) {
        offer(query, hit);
      }
    }
  }

  /** The hits of a query, the nearest first. */
  List<Hit> of(int query) {
    List<Hit> sorted = new ArrayList<>(hits.get(query));
    Collections.sort(sorted, Hit.order(measure));
    return sorted;
  }
}
