package tributary.datasets.shard;

import java.io.Serializable;
import java.util.List;
import java.util.Objects;
import tributary.datasets.image.MeanImage;

/**
 * What a model must remember of the dataset it was trained on, to be fed and read the same way
 * later.
 *
 * @param digest SHA-256 of the dataset's manifest
 * @param classes class names; an output of the model is a position in this list
 * @param statistics by which its inputs were normalized
 * @param meanImage what was subtracted from its inputs instead of the channels' means; null if
 *     these were
 */
public record DatasetProfile(
    String digest, List<String> classes, ChannelStatistics statistics, MeanImage meanImage)
    implements Serializable {
  /** Refuses missing parts. */
  public DatasetProfile {
    Objects.requireNonNull(digest, "digest");
    classes = List.copyOf(classes);
    Objects.requireNonNull(statistics, "statistics");
  }

  /** Of a model from whose inputs the channels' means were subtracted. */
  public DatasetProfile(String digest, List<String> classes, ChannelStatistics statistics) {
    this(digest, classes, statistics, null);
  }

  /** The same, but for what was subtracted. */
  public DatasetProfile with(MeanImage subtracted) {
    return new DatasetProfile(digest, classes, statistics, subtracted);
  }
}
