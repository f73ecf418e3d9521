package tributary.datasets.shard;

import java.io.Serializable;
import tributary.datasets.Checks;

/**
 * The one shape of all images of a dataset.
 *
 * @param channels 1 (grey) or 3 (RGB)
 * @param height pixels, at least 1
 * @param width pixels, at least 1
 */
public record ImageShape(int channels, int height, int width) implements Serializable {
  /** Refuses values that do not fit the description above. */
  public ImageShape {
    Checks.argument(
        channels == 1 || channels == 3, "image channels must be 1 or 3, got %d", channels);
    Checks.argument(height >= 1, "image height must be >= 1, got %d", height);
    Checks.argument(width >= 1, "image width must be >= 1, got %d", width);
    Checks.argument(
        (long) channels * height * width <= Integer.MAX_VALUE,
        "image %dx%dx%d has more than 2^31-1 values",
        channels,
        height,
        width);
  }

  /** Values of one image: channels times height times width. */
  public int values() {
    return channels * height * width;
  }

  @Override
  public String toString() {
    return channels + "x" + height + "x" + width;
  }
}
