package tributary.datasets.source;

import java.io.Serializable;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import tributary.datasets.Checks;
import tributary.datasets.image.Image;
import tributary.datasets.shard.ChannelStatistics;

/**
 * Exact sums over pixels, per channel: added in any order, they give the same statistics.
 *
 * @param pixels pixels of one channel, at most 1.4e14 so that the squares fit
 * @param sums of the pixels, each in 0..255
 * @param squares sums of the squared pixels
 */
public record PixelSums(long pixels, List<Long> sums, List<Long> squares) implements Serializable {
  private static final double WHITE = 255;

  /** Refuses values that do not fit the description above. */
  public PixelSums {
    sums = List.copyOf(sums);
    squares = List.copyOf(squares);
    Checks.argument(
        sums.size() == squares.size(),
        "pixel sums of %d channels, squares of %d",
        sums.size(),
        squares.size());
  }

  /** The sums over nothing. */
  public static PixelSums none(int channels) {
    List<Long> zeros = Collections.nCopies(channels, 0L);
    return new PixelSums(0, zeros, zeros);
  }

  /** The sums over one image. */
  public static PixelSums of(Image image) {
    int plane = image.height() * image.width();
    List<Long> sums = new ArrayList<>();
    List<Long> squares = new ArrayList<>();
    for (int c = 0; c < image.channels(); c++) {
      long sum = 0;
      long square = 0;
      for (int i = c * plane; i < (c + 1) * plane; i++) {
        int pixel = image.pixels()[i] & 0xff;
        sum += pixel;
        square += (long) pixel * pixel;
      }
      sums.add(sum);
      squares.add(square);
    }
    return new PixelSums(plane, sums, squares);
  }

  /** The sums over both. */
  public PixelSums plus(PixelSums other) {
    return new PixelSums(
        Math.addExact(pixels, other.pixels),
        added(sums, other.sums),
        added(squares, other.squares));
  }

  /** Mean and population standard deviation per channel, in [0, 1] units; all 0 of no pixels. */
  public ChannelStatistics statistics() {
    List<Double> means = new ArrayList<>();
    List<Double> stds = new ArrayList<>();
    for (int c = 0; c < sums.size(); c++) {
      double count = Math.max(1, pixels);
      means.add(sums.get(c) / count / WHITE);
      stds.add(Math.sqrt(scaledVariance(c)) / count / WHITE);
    }
    return new ChannelStatistics(means, stds);
  }

  /** Variance times the squared count: exact, where a difference of doubles would cancel. */
  private double scaledVariance(int channel) {
    BigInteger sum = BigInteger.valueOf(sums.get(channel));
    BigInteger square = BigInteger.valueOf(squares.get(channel));
    return square.multiply(BigInteger.valueOf(pixels)).subtract(sum.multiply(sum)).doubleValue();
  }

  private static List<Long> added(List<Long> left, List<Long> right) {
    Checks.argument(
        left.size() == right.size(),
        "cannot add pixel sums of %d and %d channels",
        left.size(),
        right.size());
    List<Long> result = new ArrayList<>();
    for (int c = 0; c < left.size(); c++) {
      result.add(Math.addExact(left.get(c), right.get(c)));
    }
    return result;
  }
}
