package tributary.datasets.shard;

import java.io.Serializable;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Pattern;
import tributary.datasets.Checks;

/**
 * What is known of all images of a dataset.
 *
 * @param channels that they are decoded to: 1 (grey) or 3 (RGB)
 * @param size height and width of every image; empty if they differ
 * @param statistics of the train split's pixels, one value per channel
 * @param meanImage SHA-256 of {@value #MEAN_FILE}, the mean of the train split's images pixel by
 *     pixel, 64 hexadecimal digits; null if there is none, as where sizes differ
 */
public record Images(
    int channels, Optional<Size> size, ChannelStatistics statistics, String meanImage) {
  /** Name of the mean image in the dataset's folder. */
  public static final String MEAN_FILE = "mean.png";

  private static final Pattern SHA256 = Pattern.compile("[0-9a-f]{64}");

  /** Refuses values that do not fit the description above. */
  public Images {
    Checks.argument(
        channels == 1 || channels == 3, "image channels must be 1 or 3, got %d", channels);
    Objects.requireNonNull(size, "size");
    Checks.argument(
        statistics.mean().size() == channels,
        "statistics must have one mean per channel: expected %d, found %d",
        channels,
        statistics.mean().size());
    Checks.argument(
        meanImage == null || size.isPresent(), "images that differ in size have no mean image");
    Checks.argument(
        meanImage == null || SHA256.matcher(meanImage).matches(),
        "SHA-256 of the mean image must be 64 hexadecimal digits, got '%s'",
        meanImage);
  }

  /** Images without a mean image. */
  public Images(int channels, Optional<Size> size, ChannelStatistics statistics) {
    this(channels, size, statistics, null);
  }

  /** Images of one shape. */
  public static Images of(ImageShape shape, ChannelStatistics statistics) {
    return new Images(
        shape.channels(), Optional.of(new Size(shape.height(), shape.width())), statistics);
  }

  /** The shape of every image; empty if sizes differ. */
  public Optional<ImageShape> shape() {
    return size.map(same -> new ImageShape(channels, same.height(), same.width()));
  }

  /**
   * How large a picture is.
   *
   * @param height pixels, at least 1
   * @param width pixels, at least 1
   */
  public record Size(int height, int width) implements Serializable {
    /** Refuses values that do not fit the description above. */
    public Size {
      Checks.argument(height >= 1, "image height must be >= 1, got %d", height);
      Checks.argument(width >= 1, "image width must be >= 1, got %d", width);
    }
  }

  @Override
  public String toString() {
    return shape().map(ImageShape::toString).orElse(channels + " channels, sizes differ");
  }
}
