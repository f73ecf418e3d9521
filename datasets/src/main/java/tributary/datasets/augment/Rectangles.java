package tributary.datasets.augment;

import java.io.Serializable;
import java.util.Optional;
import java.util.SplittableRandom;
import tributary.datasets.image.Cut.Region;

/**
 * Random rectangles of limited shape.
 *
 * <p>Drawn with {@link StrictMath}, so that every machine draws the same.
 *
 * @param minAspect smallest width divided by height, &gt; 0
 * @param maxAspect largest width divided by height, &gt;= {@code minAspect}
 */
record Rectangles(double minAspect, double maxAspect) implements Serializable {
  private static final int TRIES = 10;

  /**
   * A rectangle with an area drawn evenly and an aspect drawn evenly on a logarithmic scale, at a
   * place drawn evenly; empty if ten of them did not fit.
   *
   * @param minArea share of the area of {@code height} times {@code width}
   * @param maxArea share of that area
   */
  Optional<Region> draw(
      int height, int width, double minArea, double maxArea, SplittableRandom random) {
    double logMin = StrictMath.log(minAspect);
    double logMax = StrictMath.log(maxAspect);
    for (int i = 0; i < TRIES; i++) {
      double area = (double) height * width * between(minArea, maxArea, random);
      double aspect = StrictMath.exp(between(logMin, logMax, random));
      int columns = (int) Math.rint(Math.sqrt(area * aspect));
      int rows = (int) Math.rint(Math.sqrt(area / aspect));
      if (columns >= 1 && columns <= width && rows >= 1 && rows <= height) {
        int top = random.nextInt(height - rows + 1);
        int left = random.nextInt(width - columns + 1);
        return Optional.of(new Region(top, left, rows, columns));
      }
    }
    return Optional.empty();
  }

  /** The largest that fits, in the middle. */
  Region largest(int height, int width) {
    double aspect = (double) width / height;
    int rows = aspect < minAspect ? (int) Math.rint(width / minAspect) : height;
    int columns = aspect > maxAspect ? (int) Math.rint(height * maxAspect) : width;
    return new Region(
        (height - rows) / 2, (width - columns) / 2, Math.max(1, rows), Math.max(1, columns));
  }

  /** A number drawn evenly. */
  static double between(double low, double high, SplittableRandom random) {
    return low + (high - low) * random.nextDouble();
  }
}
