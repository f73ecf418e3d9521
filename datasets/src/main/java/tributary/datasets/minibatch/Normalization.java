package tributary.datasets.minibatch;

import java.util.List;
import tributary.datasets.Checks;
import tributary.datasets.augment.Planes;
import tributary.datasets.image.MeanImage;
import tributary.datasets.shard.ChannelStatistics;

/**
 * Pixels to features: {@code (pixel / 255 - mean) / std}, the standard deviation per channel, the
 * mean per channel or per pixel.
 *
 * @param mean per channel, in [0, 1]
 * @param std standard deviation per channel, in [0, 0.5]; 0 (a channel of one value) divides by 1
 * @param meanImage whose pixels take the place of {@code mean}; null if none does
 */
@SuppressWarnings("ArrayRecordComponent") // hot path; never compared
public record Normalization(float[] mean, float[] std, MeanImage meanImage) {
  private static final int PIXEL_VALUES = 256;
  private static final float WHITE = 255;

  /** Refuses values that do not fit the description above. */
  public Normalization {
    Checks.argument(
        mean.length == std.length,
        "normalization has %d means and %d standard deviations",
        mean.length,
        std.length);
    Checks.argument(
        meanImage == null || meanImage.channels() == mean.length,
        "the mean image and the means of %d channels do not fit",
        mean.length);
  }

  /** By a mean per channel. */
  public Normalization(float[] mean, float[] std) {
    this(mean, std, null);
  }

  /** By the statistics of a dataset's pixels. */
  public static Normalization of(ChannelStatistics statistics) {
    return of(statistics, null);
  }

  /**
   * The same with a mean per pixel.
   *
   * @param meanImage null for means per channel
   */
  public static Normalization of(ChannelStatistics statistics, MeanImage meanImage) {
    return new Normalization(floats(statistics.mean()), floats(statistics.std()), meanImage);
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

  /**
   * Normalizes pixels in place.
   *
   * @param planes scaled to [0, 1]
   * @param means what is subtracted from each of their values
   */
  void apply(Planes planes, float[] means) {
    float[] values = planes.values();
    for (int c = 0; c < std.length; c++) {
      float divisor = divisor(c);
      for (int i = c * planes.pixels(); i < (c + 1) * planes.pixels(); i++) {
        values[planes.from() + i] = (values[planes.from() + i] - means[i]) / divisor;
      }
    }
  }

  private float of(float value, int channel) {
    return (value - mean[channel]) / divisor(channel);
  }

  /** The pixel of a feature, white is 1: undoes what a mean per channel does. */
  float pixel(float feature, int channel) {
    return feature * divisor(channel) + mean[channel];
  }

  private float divisor(int channel) {
    return std[channel] == 0 ? 1 : std[channel];
  }

  private static float[] floats(List<Double> values) {
    float[] result = new float[values.size()];
    for (int i = 0; i < result.length; i++) {
      result[i] = values.get(i).floatValue();
    }
    return result;
  }
}
