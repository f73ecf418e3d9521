package tributary.worker.train;

import java.io.Serializable;
import java.util.List;
import java.util.Objects;
import tributary.datasets.Checks;
import tributary.datasets.augment.ImagePipeline;
import tributary.datasets.image.MeanImage;
import tributary.datasets.minibatch.OnBadExample;
import tributary.datasets.shard.ChannelStatistics;
import tributary.datasets.shard.Dataset;
import tributary.datasets.shard.Task;
import tributary.datasets.shard.TokenTable;

/**
 * What a replica trains or is measured on. Sent to executors.
 *
 * @param source where the examples lie
 * @param order how an epoch's order is drawn
 * @param features what a network sees of them
 * @param reading how they are read
 * @param onBadExample what becomes of an example that cannot be used
 */
public record InputSettings(
    Source source, Order order, Features features, Reading reading, OnBadExample onBadExample)
    implements Serializable {
  /** Refuses missing parts. */
  public InputSettings {
    Objects.requireNonNull(source, "source");
    Objects.requireNonNull(order, "order");
    Objects.requireNonNull(features, "features");
    Objects.requireNonNull(reading, "reading");
    Objects.requireNonNull(onBadExample, "onBadExample");
  }

  /** The same examples seen in another way. */
  public InputSettings with(Features seen) {
    return new InputSettings(source, order, seen, reading, onBadExample);
  }

  /** Every example of a split as it is, with little read ahead; a bad one is an error. */
  public static InputSettings plain(Dataset dataset, String split, Order order) {
    return new InputSettings(
        Source.of(dataset, split),
        order,
        Pixels.unchanged(dataset),
        new Reading(/* prefetch= */ 2, /* decodeThreads= */ 1, /* cache= */ null),
        OnBadExample.FAIL);
  }

  /**
   * Where examples lie. Sent.
   *
   * @param dataset URI of the dataset's folder
   * @param digest SHA-256 of its manifest: executors refuse another dataset at the same place
   * @param split name of the split
   */
  public record Source(String dataset, String digest, String split) implements Serializable {
    /** Refuses missing parts. */
    public Source {
      Objects.requireNonNull(dataset, "dataset");
      Objects.requireNonNull(digest, "digest");
      Objects.requireNonNull(split, "split");
    }

    /** A split of an open dataset. */
    public static Source of(Dataset dataset, String split) {
      return new Source(dataset.uri(), dataset.digest(), split);
    }
  }

  /**
   * How mixed the order is: see {@link tributary.datasets.minibatch.SampleOrder}. Sent.
   *
   * @param blockExamples consecutive examples that stay close in the order, &gt;= 1
   * @param windowBlocks blocks whose examples are mixed, &gt;= 1
   */
  public record Order(int blockExamples, int windowBlocks) implements Serializable {
    /** Checks the ranges. */
    public Order {
      Checks.argument(blockExamples >= 1, "blockExamples must be >= 1, got %d", blockExamples);
      Checks.argument(windowBlocks >= 1, "windowBlocks must be >= 1, got %d", windowBlocks);
    }
  }

  /** From examples to features. Sent. */
  public sealed interface Features extends Serializable {}

  /**
   * From texts to features. Sent.
   *
   * @param task that the texts are for
   * @param vocabulary that the model knows
   * @param classes of documents or words, in the order of the model's outputs; of language models
   *     none
   * @param length tokens that a sequence may have, or that a window of a long text has, &gt;= 1
   */
  public record Tokens(Task task, TokenTable vocabulary, List<String> classes, int length)
      implements Features {
    /** Checks the ranges. */
    public Tokens {
      Objects.requireNonNull(task, "task");
      Objects.requireNonNull(vocabulary, "vocabulary");
      classes = List.copyOf(classes);
      Checks.argument(length >= 1, "length must be >= 1, got %d", length);
    }
  }

  /**
   * From images to features. Sent.
   *
   * @param pipeline what is done to images
   * @param statistics by which pixels are normalized: those of the data the model was trained on
   * @param meanImage what is subtracted from pixels instead of the statistics' means; null if these
   *     are
   */
  public record Pixels(ImagePipeline pipeline, ChannelStatistics statistics, MeanImage meanImage)
      implements Features {
    /** Refuses missing parts. */
    public Pixels {
      Objects.requireNonNull(pipeline, "pipeline");
      Objects.requireNonNull(statistics, "statistics");
    }

    /** Images of one size as they are, by the statistics of their own dataset. */
    public static Pixels unchanged(Dataset dataset) {
      var images = dataset.manifest().images();
      return new Pixels(
          ImagePipeline.unchanged(images.shape().orElseThrow()),
          images.statistics(),
          /* meanImage= */ null);
    }
  }

  /**
   * How examples are read: minibatches do not depend on it. Sent.
   *
   * @param prefetch minibatches read ahead, &gt;= 1
   * @param decodeThreads threads that decode the examples of one replica, &gt;= 1
   * @param cache where executors keep copies of remote shards; null for nowhere
   */
  public record Reading(int prefetch, int decodeThreads, Cache cache) implements Serializable {
    /** Checks the ranges. */
    public Reading {
      Checks.argument(prefetch >= 1, "prefetch must be >= 1, got %d", prefetch);
      Checks.argument(decodeThreads >= 1, "decodeThreads must be >= 1, got %d", decodeThreads);
    }
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
