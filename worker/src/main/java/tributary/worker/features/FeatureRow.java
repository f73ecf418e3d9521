package tributary.worker.features;

import java.util.List;
import java.util.Objects;
import tributary.datasets.minibatch.Origin;

/**
 * What is known of one example: its vectors, or why there are none.
 *
 * @param origin key, label, and size
 * @param vectors one for each layer; empty if the example cannot be used
 * @param error why it cannot; null if it can
 */
public record FeatureRow(Origin origin, List<float[]> vectors, String error) {
  /** Keeps an own copy of the list. */
  public FeatureRow {
    Objects.requireNonNull(origin, "origin");
    vectors = List.copyOf(vectors);
  }

  /** A row without vectors. */
  public static FeatureRow bad(Origin origin, String error) {
    return new FeatureRow(origin, List.of(), error);
  }
}
