package tributary.datasets.minibatch;

import java.util.List;
import tributary.datasets.Checks;
import tributary.datasets.augment.Planes;
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

  /** The feature of each pixel value, {@code [channels][256]}. */
  float[][] tables() {
    float[][] tables = new float[mean.length][PIXEL_VALUES];
    for (int c = 0; c < mean.length; c++) {
      for (int value = 0; value < PIXEL_VALUES; value++) {
        tables[c][value] = of(value / WHITE, c);
      }
    }
    return tables;
  }

  /**
   * Normalizes pixels in place.
   *
   * @param planes scaled to [0, 1]
   */
  void apply(Planes planes) {
    for (int c = 0; c < mean.length; c++) {
      int first = planes.from() + c * planes.pixels();
      for (int i = first; i < first + planes.pixels(); i++) {
        planes.values()[i] = of(planes.values()[i], c);
      }
    }
  }

  private float of(float value, int channel) {
    return (value - mean[channel]) / (std[channel] == 0 ? 1 : std[channel]);
  }

  private static float[] floats(List<Double> values) {
    float[] result = new float[values.size()];
    for (int i = 0; i < result.length; i++) {
      result[i] = values.get(i).floatValue();
    }
    return result;
  }
}
