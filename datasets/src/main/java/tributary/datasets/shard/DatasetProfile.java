package tributary.datasets.shard;

import java.io.Serializable;
import java.util.List;
import java.util.Objects;
import tributary.datasets.Checks;
import tributary.datasets.image.MeanImage;

/**
 * What a model must remember of the dataset it was trained on, to be fed and read the same way
 * later.
 *
 * @param digest SHA-256 of the dataset's manifest
 * @param classes class names; an output of the model is a position in this list
 * @param statistics by which its inputs were normalized; null of text
 * @param meanImage what was subtracted from its inputs instead of the channels' means; null if
 *     these were
 * @param text what its inputs' numbers stand for; null of images alone
 */
public record DatasetProfile(
    String digest,
    List<String> classes,
    ChannelStatistics statistics,
    MeanImage meanImage,
    Text text)
    implements Serializable {
  /** Refuses missing parts. */
  public DatasetProfile {
    Objects.requireNonNull(digest, "digest");
    classes = List.copyOf(classes);
    Checks.argument(
        statistics != null || text != null, "a model must know its images' or texts' numbers");
  }

  /** Of a model from whose inputs the channels' means were subtracted. */
  public DatasetProfile(String digest, List<String> classes, ChannelStatistics statistics) {
    this(digest, classes, statistics, null, null);
  }

  /** The same, but for what was subtracted. */
  public DatasetProfile with(MeanImage subtracted) {
    return new DatasetProfile(digest, classes, statistics, subtracted, text);
  }
}
