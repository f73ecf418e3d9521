package tributary.datasets.minibatch;

import java.util.Objects;
import tributary.datasets.Seeds;
import tributary.datasets.augment.ImagePipeline;
import tributary.datasets.shard.ImageShape;

/**
 * What is done to the images of one epoch.
 *
 * @param pipeline from pictures to pixels of one shape
 * @param normalization from pixels to features: the one that the model was trained with
 * @param seed of the run
 * @param epoch from 0; with the seed and an example's number it settles every random choice
 */
public record Preprocessing(
    ImagePipeline pipeline, Normalization normalization, long seed, int epoch) {
  /** Sets these streams apart from those of the epoch's order. */
  private static final long AUGMENTATION = 0x6175676dL;

  private static final long MIXING = 0x6d697865L;

  /** Refuses missing parts. */
  public Preprocessing {
    Objects.requireNonNull(pipeline, "pipeline");
    Objects.requireNonNull(normalization, "normalization");
  }

  /** Nothing but normalization. */
  public static Preprocessing unchanged(ImageShape shape, Normalization normalization) {
    return new Preprocessing(ImagePipeline.unchanged(shape), normalization, 0, 0);
  }

  /** The seed of all that is random about an example. */
  long seedOf(long number) {
    return Seeds.mix(seed, epoch, number, AUGMENTATION);
  }

  /** The seed of all that is random about a minibatch of these examples. */
  long seedOf(long[] numbers) {
    return Seeds.mix(seed, epoch, Seeds.mix(numbers), MIXING);
  }
}
