package tributary.datasets.image;

import tributary.datasets.Checks;

/**
 * A decoded picture.
 *
 * @param channels 1 (grey) or 3 (red, green, blue)
 * @param height pixels
 * @param width pixels
 * @param pixels row-major {@code [channels][height][width]}, unsigned 8 bits; not copied
 */
@SuppressWarnings("ArrayRecordComponent") // hot path; never compared
public record Image(int channels, int height, int width, byte[] pixels) {
  /** Refuses values that do not fit the description above. */
  public Image {
    Checks.argument(channels == 1 || channels == 3, "channels must be 1 or 3, got %d", channels);
    Checks.argument(
        height >= 1 && width >= 1, "height and width must be >= 1, got %dx%d", height, width);
    Checks.argument(
        pixels.length == (long) channels * height * width,
        "image %dx%dx%d needs as many pixels, got %d",
        channels,
        height,
        width,
        pixels.length);
  }
}
