package tributary.datasets.image;

import tributary.datasets.Checks;

/**
 * Decoded pixels in the order in which decoders make them.
 *
 * @param channels 1 (grey) or 3 (red, green, blue)
 * @param height pixels, at least 1
 * @param width pixels, at least 1
 * @param values row-major {@code [height][width][channels]}, unsigned 8 bits; not copied
 */
@SuppressWarnings("ArrayRecordComponent") // hot path; never compared
public record Pixels(int channels, int height, int width, byte[] values) {
  /** Refuses values that do not fit the description above. */
  public Pixels {
    Checks.argument(
        values.length == (long) channels * height * width,
        "%dx%d pixels of %d channels need as many values, got %d",
        height,
        width,
        channels,
        values.length);
  }
}
