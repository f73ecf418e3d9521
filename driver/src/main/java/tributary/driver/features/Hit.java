package tributary.driver.features;

import java.io.Serializable;
import java.util.Comparator;

/**
 * A row of a table that is near to a query. Sent.
 *
 * @param split that it belongs to
 * @param key of the example
 * @param label its class; -1 if it has none
 * @param value of the measure
 * @param shard name of the shard that the example is in
 * @param row its number in that shard, from 0
 */
public record Hit(String split, String key, int label, double value, String shard, long row)
    implements Serializable {
  /** Nearer ones first; of equally near ones by key, and by place where keys are the same. */
  static Comparator<Hit> order(Measure measure) {
    Comparator<Hit> byValue = (one, other) -> measure.compare(one.value, other.value);
    return byValue
        .thenComparing(Hit::key)
        .thenComparing(Hit::split)
        .thenComparing(Hit::shard)
        .thenComparingLong(Hit::row);
  }
}
