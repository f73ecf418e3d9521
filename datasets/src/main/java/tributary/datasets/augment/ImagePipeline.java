package tributary.datasets.augment;

import java.io.Serializable;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import tributary.datasets.Seeds;
import tributary.datasets.image.BadImageException;
import tributary.datasets.shard.ImageShape;

/**
 * All that is done to a picture between its file and the network, but for normalization. Sent to
 * executors.
 *
 * @param output shape of what the network sees
 * @param crop which part of a picture that is
 * @param flip whether it is mirrored at random
 * @param changes of its colours, in this order
 * @param erasing of a part of it, after normalization
 * @param mixing of the pictures of a minibatch, when all else is done
 */
public record ImagePipeline(
    ImageShape output,
    Crop crop,
    Flip flip,
    List<PixelChange> changes,
    Erasing erasing,
    Mixing mixing)
    implements Serializable {
  private static final long CROP_STREAM = 1;
  private static final long FLIP_STREAM = 2;
  private static final long ERASING_STREAM = 3;
  private static final long CHANGE_STREAMS = 16;

  /** Refuses missing parts. */
  public ImagePipeline {
    Objects.requireNonNull(output, "output");
    Objects.requireNonNull(crop, "crop");
    Objects.requireNonNull(flip, "flip");
    changes = List.copyOf(changes);
    Objects.requireNonNull(erasing, "erasing");
    Objects.requireNonNull(mixing, "mixing");
  }

  /** Pictures that are not mixed. */
  public ImagePipeline(
      ImageShape output, Crop crop, Flip flip, List<PixelChange> changes, Erasing erasing) {
    this(output, crop, flip, changes, erasing, Mixing.NONE);
  }

  /** Pictures that all have one size, as they are. */
  public static ImagePipeline unchanged(ImageShape shape) {
    return of(shape, new Crop.Unchanged());
  }

  /** Pictures cut to one size and not changed further. */
  public static ImagePipeline of(ImageShape output, Crop crop) {
    return new ImagePipeline(output, crop, Flip.NONE, List.of(), Erasing.NONE);
  }

  /** How many looks there are at each picture, each an example of its own to the network. */
  public int views() {
    return crop.views();
  }

  /**
   * The looks at a picture.
   *
   * @param seed of this example in this epoch; every choice follows from it alone
   * @param height rows of the picture
   * @param width columns of the picture
   * @throws BadImageException if the picture cannot be used
   */
  public List<View> views(long seed, int height, int width) throws BadImageException {
    List<View> views = crop.of(height, width, output, Seeds.random(seed, CROP_STREAM));
    boolean mirrors = flip == Flip.HORIZONTAL && Seeds.random(seed, FLIP_STREAM).nextInt(2) == 1;
    return mirrors ? views.stream().map(View::mirror).toList() : views;
  }

  /** Changes colours; {@code planes} are scaled to [0, 1]. */
  public void change(long seed, Planes planes) {
    for (int i = 0; i < changes.size(); i++) {
      SplittableRandom random = Seeds.random(seed, CHANGE_STREAMS + i);
      changes.get(i).apply(planes, random);
    }
  }

  /** Erases; {@code planes} are normalized. */
  public void erase(long seed, Planes planes) {
    erasing.apply(planes, output.width(), Seeds.random(seed, ERASING_STREAM));
  }
}
