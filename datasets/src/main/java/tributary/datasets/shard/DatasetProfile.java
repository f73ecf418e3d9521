package tributary.datasets.shard;

import java.io.Serializable;
import java.util.List;
import java.util.Objects;

/**
 * What a model must remember of the dataset it was trained on, to be fed and read the same way
 * later.
 *
 * @param digest SHA-256 of the dataset's manifest
 * @param classes class names; an output of the model is a position in this list
 * @param statistics by which its inputs were normalized
 */
public record DatasetProfile(String digest, List<String> classes, ChannelStatistics statistics)
    implements Serializable {
  /** Refuses missing parts. */
  public DatasetProfile {
    Objects.requireNonNull(digest, "digest");
    classes = List.copyOf(classes);
    Objects.requireNonNull(statistics, "statistics");
  }
}
