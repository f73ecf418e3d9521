package tributary.datasets.augment;

import java.io.Serializable;
import java.util.SplittableRandom;
import tributary.datasets.Checks;

/** A random change of the colours of a picture. Sent to executors. */
public sealed interface PixelChange extends Serializable {
  /**
   * Changes a picture.
   *
   * @param planes pixels scaled to [0, 1]
   */
  void apply(Planes planes, SplittableRandom random);

  /**
   * Brightness, contrast and saturation in random order, each by a factor drawn evenly from {@code
   * 1-x..1+x} and clipped to [0, 1], as torchvision's {@code ColorJitter} does.
   *
   * @param brightness x of the factor for all values, in [0, 1]
   * @param contrast x of the factor for distances from the picture's mean luma, in [0, 1]
   * @param saturation x of the factor for distances from each pixel's luma, in [0, 1]
   */
  record ColorJitter(double brightness, double contrast, double saturation) implements PixelChange {
    /** Refuses values that do not fit the description above. */
    public ColorJitter {
      for (double x : new double[] {brightness, contrast, saturation}) {
        Checks.argument(x >= 0 && x <= 1, "colour jitter must be in [0, 1], got %s", x);
      }
    }

    @Override
    public void apply(Planes planes, SplittableRandom random) {
      int first = random.nextInt(3);
      int second = (first + 1 + random.nextInt(2)) % 3;
      for (int change : new int[] {first, second, 3 - first - second}) {
        switch (change) {
          case 0 -> brighten(planes, factor(brightness, random));
          case 1 -> contrast(planes, factor(contrast, random));
          default -> saturate(planes, factor(saturation, random));
        }
      }
    }

    private static float factor(double x, SplittableRandom random) {
      return (float) Rectangles.between(1 - x, 1 + x, random);
    }

    private static void brighten(Planes planes, float factor) {
      blend(planes, factor, 0);
    }

    private static void contrast(Planes planes, float factor) {
      if (factor == 1) {
        return;
      }
      double sum = 0;
      for (int i = 0; i < planes.pixels(); i++) {
        sum += planes.luma(i);
      }
      blend(planes, factor, (1 - factor) * (float) (sum / planes.pixels()));
    }

    private static void blend(Planes planes, float factor, float added) {
      if (factor == 1) {
        return;
      }
      float[] values = planes.values();
      for (int i = planes.from(); i < planes.end(); i++) {
        values[i] = Planes.clamp(factor * values[i] + added);
      }
    }

    private static void saturate(Planes planes, float factor) {
      if (factor == 1 || planes.channels() == 1) {
        return;
      }
      float[] values = planes.values();
      for (int i = 0; i < planes.pixels(); i++) {
        float grey = (1 - factor) * planes.luma(i);
        for (int at = planes.from() + i; at < planes.end(); at += planes.pixels()) {
          values[at] = Planes.clamp(factor * values[at] + grey);
        }
      }
    }
  }

  /**
   * Adds to every pixel the same multiple of each principal component of ImageNet's colours, drawn
   * from a normal distribution and scaled by the component's eigenvalue: Krizhevsky et al., NIPS
   * 2012, section 4.1. Eigenvalues and vectors are those of red, green and blue in [0, 1] that
   * reimplementations share. Pictures of one channel stay as they are.
   *
   * @param deviation standard deviation of the multiples, at least 0; 0.1 in the paper
   */
  record Lighting(double deviation) implements PixelChange {
    private static final double[] VALUES = {0.2175, 0.0188, 0.0045};

    /** {@code [channel][component]}. */
    private static final double[][] VECTORS = {
      {-0.5675, 0.7192, 0.4009}, {-0.5808, -0.0045, -0.8140}, {-0.5836, -0.6948, 0.4203}
    };

    /** Refuses values that do not fit the description above. */
    public Lighting {
      Checks.argument(deviation >= 0, "lighting deviation must be >= 0, got %s", deviation);
    }

    @Override
    public void apply(Planes planes, SplittableRandom random) {
      if (planes.channels() != VECTORS.length) {
        return;
      }
      double[] multiples = new double[VALUES.length];
      for (int i = 0; i < multiples.length; i++) {
        multiples[i] = deviation * normal(random) * VALUES[i];
      }
      for (int c = 0; c < VECTORS.length; c++) {
        double added = 0;
        for (int i = 0; i < multiples.length; i++) {
          added += VECTORS[c][i] * multiples[i];
        }
        int first = planes.from() + c * planes.pixels();
        for (int i = first; i < first + planes.pixels(); i++) {
          planes.values()[i] += (float) added;
        }
      }
    }

    /** Box and Muller's method, the same on every machine and in every Java. */
    private static double normal(SplittableRandom random) {
      double radius = Math.sqrt(-2 * StrictMath.log(1 - random.nextDouble()));
      return radius * StrictMath.cos(2 * Math.PI * random.nextDouble());
    }
  }
}
