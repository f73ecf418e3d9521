package tributary.datasets.augment;

/**
 * The pixels of one picture inside a larger array.
 *
 * @param values hold {@code [channels][pixels]} from {@code from} on; changed in place
 * @param from first value
 * @param channels 1 (grey) or 3 (red, green, blue)
 * @param pixels of one channel
 */
@SuppressWarnings("ArrayRecordComponent") // hot path; never compared
public record Planes(float[] values, int from, int channels, int pixels) {
  private static final float RED = 0.299f;
  private static final float GREEN = 0.587f;
  private static final float BLUE = 0.114f;

  int end() {
    return from + channels * pixels;
  }

  /** How bright a pixel is: the luma of ITU-R BT.601. */
  float luma(int pixel) {
    int at = from + pixel;
    return channels == 1
        ? values[at]
        : RED * values[at] + GREEN * values[at + pixels] + BLUE * values[at + 2 * pixels];
  }

  static float clamp(float value) {
    return Math.max(0, Math.min(1, value));
  }
}
