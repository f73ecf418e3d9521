package tributary.datasets.text;

import java.io.Serializable;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import tributary.datasets.Checks;

/**
 * How often each token was seen: gathered in any order, it is the same. Sent; for one thread at a
 * time.
 */
public final class TokenCounts implements Serializable {
  private static final long serialVersionUID = 1;

  private final HashMap<String, Long> counts = new HashMap<>();

  /** Takes in a token that was seen once. */
  public TokenCounts add(String token) {
    return add(token, 1);
  }

  /** Takes in a token that was seen {@code times}, at least once. */
  public TokenCounts add(String token, long times) {
    Checks.argument(times >= 1, "token '%s' was seen %d times", token, times);
    counts.merge(token, times, Math::addExact);
    return this;
  }

  /** Takes in what another has seen. */
  public TokenCounts add(TokenCounts other) {
    other.counts.forEach(this::add);
    return this;
  }

  /** How often a token was seen. */
  public long count(String token) {
    return counts.getOrDefault(token, 0L);
  }

  /** Counts by token. */
  public Map<String, Long> asMap() {
    return Collections.unmodifiableMap(counts);
  }

  /** Counts by token, in the order of code points. */
  public SortedMap<String, Long> sorted() {
    SortedMap<String, Long> sorted = new TreeMap<>(CodePoints.ORDER);
    sorted.putAll(counts);
    return sorted;
  }

  /** The tokens that were seen most, the first most of all; of equals the first by code points. */
  List<String> mostFrequent(int limit) {
    return counts.entrySet().stream()
        .sorted(
            Comparator.<Map.Entry<String, Long>>comparingLong(Map.Entry::getValue)
                .reversed()
                .thenComparing(Map.Entry::getKey, CodePoints.ORDER))
        .limit(limit)
        .map(Map.Entry::getKey)
        .toList();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof TokenCounts that && counts.equals(that.counts);
  }

  @Override
  public int hashCode() {
    return counts.hashCode();
  }

  @Override
  public String toString() {
    return sorted().toString();
  }
}
