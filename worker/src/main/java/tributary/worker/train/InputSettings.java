package tributary.worker.train;

import java.io.Serializable;
import java.util.Objects;
import tributary.datasets.Checks;
import tributary.datasets.augment.ImagePipeline;
import tributary.datasets.image.MeanImage;
import tributary.datasets.minibatch.OnBadExample;
import tributary.datasets.shard.ChannelStatistics;

/**
 * Where the examples come from and how an epoch's order is drawn. Sent to executors.
 *
 * @param dataset URI of the dataset's folder
 * @param digest SHA-256 of its manifest: executors refuse another dataset at the same place
 * @param split name of the split
 * @param statistics by which pixels are normalized: those of the data the model was trained on
 * @param blockExamples consecutive examples that stay close in the order, &gt;= 1
 * @param windowBlocks blocks whose examples are mixed, &gt;= 1
 * @param prefetch minibatches read ahead, &gt;= 1
 * @param images what is done to images; null for images of one size, as they are
 * @param decodeThreads threads that decode the examples of one replica, &gt;= 1
 * @param cache where executors keep copies of remote shards; null for nowhere
 * @param meanImage what is subtracted from pixels instead of the statistics' means; null if these
 *     are
 * @param onBadExample what becomes of an example that cannot be used
 */
public record InputSettings(
    String dataset,
    String digest,
    String split,
    ChannelStatistics statistics,
    int blockExamples,
    int windowBlocks,
    int prefetch,
    ImagePipeline images,
    int decodeThreads,
    Cache cache,
    MeanImage meanImage,
    OnBadExample onBadExample)
    implements Serializable {
  /** Checks the ranges. */
  public InputSettings {
    Objects.requireNonNull(dataset, "dataset");
    Objects.requireNonNull(digest, "digest");
    Objects.requireNonNull(split, "split");
    Objects.requireNonNull(statistics, "statistics");
    Objects.requireNonNull(onBadExample, "onBadExample");
    Checks.argument(blockExamples >= 1, "blockExamples must be >= 1, got %d", blockExamples);
    Checks.argument(windowBlocks >= 1, "windowBlocks must be >= 1, got %d", windowBlocks);
    Checks.argument(prefetch >= 1, "prefetch must be >= 1, got %d", prefetch);
    Checks.argument(decodeThreads >= 1, "decodeThreads must be >= 1, got %d", decodeThreads);
  }

  /** Settings by which the channels' means are subtracted, and bad examples are errors. */
  public InputSettings(
      String dataset,
      String digest,
      String split,
      ChannelStatistics statistics,
      int blockExamples,
      int windowBlocks,
      int prefetch,
      ImagePipeline images,
      int decodeThreads,
      Cache cache) {
    this(
        dataset,
        digest,
        split,
        statistics,
        blockExamples,
        windowBlocks,
        prefetch,
        images,
        decodeThreads,
        cache,
        /* meanImage= */ null,
        OnBadExample.FAIL);
  }

  /** Settings for images of one size, as they are, none bad, decoded by one thread. */
  public InputSettings(
      String dataset,
      String digest,
      String split,
      ChannelStatistics statistics,
      int blockExamples,
      int windowBlocks,
      int prefetch) {
    this(
        dataset,
        digest,
        split,
        statistics,
        blockExamples,
        windowBlocks,
        prefetch,
        /* images= */ null,
        /* decodeThreads= */ 1,
        /* cache= */ null);
  }

  /**
   * A folder of copies. Sent.
   *
   * @param folder on each executor's own disk
   * @param maxBytes of all copies in it together, &gt;= 1
   */
  public record Cache(String folder, long maxBytes) implements Serializable {
    /** Checks the ranges. */
    public Cache {
      Objects.requireNonNull(folder, "folder");
      Checks.argument(maxBytes >= 1, "maxBytes must be >= 1, got %d", maxBytes);
    }
  }
}
