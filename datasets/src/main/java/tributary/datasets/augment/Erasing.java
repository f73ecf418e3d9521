package tributary.datasets.augment;

import java.io.Serializable;
import java.util.Arrays;
import java.util.SplittableRandom;
import tributary.datasets.Checks;
import tributary.datasets.image.Cut.Region;

/**
 * Overwrites a random rectangle of some pictures with the mean of the dataset: Zhong et al.,
 * "Random Erasing Data Augmentation", arXiv:1708.04896; areas, shapes and tries are those of
 * torchvision's {@code RandomErasing}. Sent to executors.
 *
 * @param probability that a picture loses a rectangle, in [0, 1]
 */
public record Erasing(double probability) implements Serializable {
  /** No picture loses anything. */
  public static final Erasing NONE = new Erasing(0);

  private static final Rectangles RECTANGLES = new Rectangles(0.3, 3.3);
  private static final double MIN_AREA = 0.02;
  private static final double MAX_AREA = 0.33;

  /** Refuses values that do not fit the description above. */
  public Erasing {
    Checks.argument(
        probability >= 0 && probability <= 1,
        "erasing probability must be in [0, 1], got %s",
        probability);
  }

  /**
   * Erases, or not.
   *
   * @param planes normalized pixels: 0 is the mean
   * @param width columns of the picture
   */
  public void apply(Planes planes, int width, SplittableRandom random) {
    if (probability == 0 || random.nextDouble() >= probability) {
      return;
    }
    int height = planes.pixels() / width;
    RECTANGLES
        .draw(height, width, MIN_AREA, MAX_AREA, random)
        .ifPresent(region -> erase(planes, width, region));
  }

  private static void erase(Planes planes, int width, Region region) {
    for (int c = 0; c < planes.channels(); c++) {
      for (int row = region.top(); row < region.top() + region.height(); row++) {
        int at = planes.from() + c * planes.pixels() + row * width + region.left();
        Arrays.fill(planes.values(), at, at + region.width(), 0);
      }
    }
  }
}
