package tributary.datasets.image;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.bytedeco.opencv.global.opencv_core;
import org.bytedeco.opencv.opencv_core.Mat;

/**
 * How a picture must be turned to stand upright: the values 1 to 8 of EXIF's tag 0x0112, in order.
 *
 * <p>Read and applied here, not by OpenCV, so that the size of the upright picture is known before
 * any of its pixels is decoded.
 */
enum Orientation {
  UPRIGHT(false, false, false),
  MIRRORED(false, false, true),
  UPSIDE_DOWN(false, true, true),
  FLIPPED(false, true, false),
  TRANSPOSED(true, false, false),
  TURNED_LEFT(true, false, true),
  TRANSVERSED(true, true, true),
  TURNED_RIGHT(true, true, false);

  private static final int ORIENTATION_TAG = 0x0112;
  private static final int SHORT_TYPE = 3;
  private static final int ENTRY_BYTES = 12;

  private final boolean transposed;
  private final boolean flippedVertically;
  private final boolean flippedHorizontally;

  Orientation(boolean transposed, boolean flippedVertically, boolean flippedHorizontally) {
    this.transposed = transposed;
    this.flippedVertically = flippedVertically;
    this.flippedHorizontally = flippedHorizontally;
  }

  /** Whether height and width of the upright picture are the header's width and height. */
  boolean swapsSides() {
    return transposed;
  }

  /** Replaces the stored pixels by those of the upright picture; none are read for UPRIGHT. */
  void apply(Mat picture) {
    if (transposed) {
      try (Mat stored = picture.clone()) {
        opencv_core.transpose(stored, picture);
      }
    }
    if (flippedVertically || flippedHorizontally) {
      int axis = flippedVertically && flippedHorizontally ? -1 : flippedVertically ? 0 : 1;
      opencv_core.flip(picture, picture, axis);
    }
  }

  /**
   * The orientation that a TIFF block asks for; upright if it says nothing that can be understood.
   *
   * @param tiff starts with the byte order, {@code II} or {@code MM}
   */
  static Orientation ofTiff(ByteBuffer tiff) {
    if (tiff.limit() < 10) {
      return UPRIGHT;
    }
    int mark = tiff.getShort(0);
    if (mark != 0x4949 && mark != 0x4d4d) {
      return UPRIGHT;
    }
    tiff.order(mark == 0x4949 ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN);
    int directory = tiff.getInt(4);
    if (tiff.getShort(2) != 42 || directory < 8 || directory > tiff.limit() - 2) {
      return UPRIGHT;
    }
    int entries = Short.toUnsignedInt(tiff.getShort(directory));
    for (int i = 0; i < entries; i++) {
      long at = directory + 2L + (long) i * ENTRY_BYTES;
      if (at + ENTRY_BYTES > tiff.limit()) {
        return UPRIGHT;
      }
      int entry = (int) at;
      if (tiff.getShort(entry) == ORIENTATION_TAG) {
        int value = tiff.getShort(entry + 8);
        boolean known = tiff.getShort(entry + 2) == SHORT_TYPE && value >= 1 && value <= 8;
        return known ? values()[value - 1] : UPRIGHT;
      }
    }
    return UPRIGHT;
  }
}
