package tributary.datasets.image;

import tributary.datasets.Checks;

/**
 * What is taken of a picture: a region, scaled, and of that a window. The window's size is the
 * caller's; what of it lies outside the scaled region is black.
 *
 * @param region of the upright picture
 * @param height rows that the region is scaled to, at least 1
 * @param width columns that the region is scaled to, at least 1
 * @param top row of the scaled region at which the window begins; negative above it
 * @param left column of the scaled region at which the window begins; negative beside it
 */
public record Cut(Region region, int height, int width, int top, int left) {
  /** Refuses values that do not fit the description above. */
  public Cut {
    Checks.argument(
        height >= 1 && width >= 1, "scaled size must be >= 1x1, got %dx%d", height, width);
  }

  /** A region scaled to the window's whole size. */
  public static Cut of(Region region, int height, int width) {
    return new Cut(region, height, width, 0, 0);
  }

  /** Whether another cut differs in its window alone. */
  boolean scalesAs(Cut other) {
    return region.equals(other.region) && height == other.height && width == other.width;
  }

  /**
   * A rectangle of pixels.
   *
   * @param top first row, at least 0
   * @param left first column, at least 0
   * @param height rows, at least 1
   * @param width columns, at least 1
   */
  public record Region(int top, int left, int height, int width) {
    /** Refuses values that do not fit the description above. */
    public Region {
      Checks.argument(
          top >= 0 && left >= 0 && height >= 1 && width >= 1,
          "region of %dx%d pixels at (%d, %d) is none",
          height,
          width,
          top,
          left);
    }

    /** All of a picture. */
    public static Region all(int height, int width) {
      return new Region(0, 0, height, width);
    }
  }
}
