package tributary.datasets.augment;

import tributary.datasets.image.Cut;
import tributary.datasets.image.Cut.Region;
import tributary.datasets.shard.ImageShape;

/**
 * The size that a whole picture is brought to before a window is cut out of it.
 *
 * @param height rows of the picture as it is
 * @param width columns of the picture as it is
 * @param scaledHeight rows of the scaled picture
 * @param scaledWidth columns of the scaled picture
 */
record Scale(int height, int width, int scaledHeight, int scaledWidth) {
  /**
   * The shorter side gets {@code shortSide} pixels, the longer one follows, rounded down. A picture
   * that does not cover the window is enlarged until it does.
   *
   * @param shortSide pixels; 0 leaves the picture as it is
   */
  static Scale of(int height, int width, int shortSide, ImageShape window) {
    int scaledHeight = height;
    int scaledWidth = width;
    if (shortSide > 0) {
      long shorter = Math.min(height, width);
      scaledHeight = (int) Math.max(1, (long) height * shortSide / shorter);
      scaledWidth = (int) Math.max(1, (long) width * shortSide / shorter);
    }
    if (scaledHeight < window.height() || scaledWidth < window.width()) {
      double factor =
          Math.max((double) window.height() / scaledHeight, (double) window.width() / scaledWidth);
      scaledHeight = Math.max(window.height(), (int) Math.round(scaledHeight * factor));
      scaledWidth = Math.max(window.width(), (int) Math.round(scaledWidth * factor));
    }
    return new Scale(height, width, scaledHeight, scaledWidth);
  }

  /** The window that begins at a place of the scaled picture. */
  Cut window(int top, int left) {
    return new Cut(Region.all(height, width), scaledHeight, scaledWidth, top, left);
  }

  /** The window in the middle; half a pixel goes to the even side. */
  Cut center(ImageShape window) {
    return window(
        (int) Math.rint((scaledHeight - window.height()) / 2.0),
        (int) Math.rint((scaledWidth - window.width()) / 2.0));
  }
}
