package tributary.datasets.minibatch;

import java.util.List;
import tributary.datasets.Checks;
import tributary.datasets.image.Image;
import tributary.datasets.shard.ChannelStatistics;

/**
 * Pixels to features: {@code (pixel / 255 - mean) / std}, per channel.
 *
 * @param mean per channel, in [0, 1]
 * @param std standard deviation per channel, in [0, 0.5]; 0 (a channel of one value) divides by 1
 */
@SuppressWarnings("ArrayRecordComponent") // hot path; never compared
public record Normalization(float[] mean, float[] std) {
  private static final int PIXEL_VALUES = 256;
  private static final float WHITE = 255;

  /** Refuses values that do not fit the description above. */
  public Normalization {
    Checks.argument(
        mean.length == std.length,
        "normalization has %d means and %d standard deviations",
        mean.length,
        std.length);
  }

  /** By the statistics of a dataset's pixels. */
  public static Normalization of(ChannelStatistics statistics) {
    return new Normalization(floats(statistics.mean()), floats(statistics.std()));
  }

  /**
   * Normalizes one image.
   *
   * @param features receives {@code [channels][height][width]} from {@code at} on
   */
  public void apply(Image image, float[] features, int at) {
    Checks.argument(
        image.channels() == mean.length,
        "normalization is for %d channels, the image has %d",
        mean.length,
        image.channels());
    byte[] pixels = image.pixels();
    int plane = pixels.length / mean.length;
    for (int c = 0; c < mean.length; c++) {
      float[] table = table(c);
      for (int i = c * plane; i < (c + 1) * plane; i++) {
        features[at + i] = table[pixels[i] & 0xff];
      }
    }
  }

  /** The feature of each pixel value. */
  private float[] table(int channel) {
    float divisor = std[channel] == 0 ? 1 : std[channel];
    float[] table = new float[PIXEL_VALUES];
    for (int value = 0; value < PIXEL_VALUES; value++) {
      table[value] = (value / WHITE - mean[channel]) / divisor;
    }
    return table;
  }

  private static float[] floats(List<Double> values) {
    float[] result = new float[values.size()];
    for (int i = 0; i < result.length; i++) {
      result[i] = values.get(i).floatValue();
    }
    return result;
  }
}
