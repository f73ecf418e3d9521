package tributary.datasets.image;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.opencv.global.opencv_core;
import org.bytedeco.opencv.global.opencv_imgcodecs;
import org.bytedeco.opencv.global.opencv_imgproc;
import org.bytedeco.opencv.opencv_core.Mat;
import org.bytedeco.opencv.opencv_core.Rect;
import org.bytedeco.opencv.opencv_core.Size;
import tributary.datasets.Natives;
import tributary.datasets.image.Cut.Region;
import tributary.datasets.image.ImageDecoder.Layout;
import tributary.datasets.image.ImageDecoder.Reduction;

/**
 * An encoded picture whose structure was found right; its pixels are decoded when it is known which
 * of them, and how large, are wanted. Not changed after construction: safe for several threads.
 *
 * <p>For data that was checked when it came in: unlike {@link ImageDecoder#decode} this does not
 * look for damage inside a JPEG's scans.
 */
public final class Picture {
  /** From here on each pixel of a plain bilinear picture would leave out some of the larger one. */
  private static final int COARSE = 2;

  static {
    Natives.load(opencv_core.class, opencv_imgproc.class, opencv_imgcodecs.class);
    opencv_core.setNumThreads(1);
  }

  private final byte[] bytes;
  private final ImageHeader header;

  private Picture(byte[] bytes, ImageHeader header) {
    this.bytes = bytes;
    this.header = header;
  }

  /**
   * Checks the structure of a picture of at most 64 Mi pixels.
   *
   * @param bytes a whole PNG or JPEG file; not copied
   * @throws BadImageException if the bytes are no such picture, or only a part of one
   */
  public static Picture of(byte[] bytes) throws BadImageException {
    return new Picture(bytes, ImageHeader.read(bytes, ImageHeader.MAX_PIXELS));
  }

  /** Rows of the upright picture. */
  public int height() {
    return header.uprightHeight();
  }

  /** Columns of the upright picture. */
  public int width() {
    return header.uprightWidth();
  }

  /**
   * Decodes once and takes windows of one size.
   *
   * <p>A JPEG is decoded to a half, a quarter or an eighth of its size where no cut is scaled up by
   * that. What is left is scaled bilinearly, or by the mean of areas where less than half a side
   * remains.
   *
   * @param cuts whose regions lie inside the picture
   * @param channels 1 for luma, 3 for red, green, blue
   * @param height rows of every window
   * @param width columns of every window
   * @return one for each cut
   * @throws BadImageException if the pixels cannot be decoded
   */
  public List<Pixels> windows(List<Cut> cuts, int channels, int height, int width)
      throws BadImageException {
    Layout layout = channels == 1 ? Layout.GREY : Layout.RGB;
    List<Pixels> windows = new ArrayList<>();
    try (Mat decoded = ImageDecoder.pixels(bytes, header, layout, reduction(cuts));
        Mat scaled = new Mat()) {
      Cut last = null;
      for (Cut cut : cuts) {
        boolean asDecoded = isAsDecoded(decoded, cut);
        if (!asDecoded && (last == null || !cut.scalesAs(last))) {
          scale(decoded, cut, scaled);
        }
        Mat from = asDecoded ? decoded : scaled;
        windows.add(new Pixels(channels, height, width, window(from, cut, height, width)));
        last = cut;
      }
    }
    return windows;
  }

  /** PNGs have no cheap way to be decoded smaller. */
  private Reduction reduction(List<Cut> cuts) {
    Reduction least = header.format() == ImageFormat.JPEG ? Reduction.EIGHTH : Reduction.NONE;
    for (Cut cut : cuts) {
      least = least(least, Reduction.between(cut.region().height(), cut.height()));
      least = least(least, Reduction.between(cut.region().width(), cut.width()));
    }
    return least;
  }

  private static Reduction least(Reduction one, Reduction other) {
    return one.compareTo(other) < 0 ? one : other;
  }

  private boolean isAsDecoded(Mat decoded, Cut cut) {
    return cut.region().equals(Region.all(height(), width()))
        && decoded.rows() == cut.height()
        && decoded.cols() == cut.width();
  }

  private void scale(Mat decoded, Cut cut, Mat scaled) {
    try (Rect rect = rect(decoded, cut.region());
        Mat region = new Mat(decoded, rect)) {
      scaleRegion(region, cut, scaled);
    }
  }

  /** Scales what was cut out already. */
  static void scaleRegion(Mat region, Cut cut, Mat scaled) {
    if (region.rows() == cut.height() && region.cols() == cut.width()) {
      region.copyTo(scaled);
      return;
    }
    try (Size size = new Size(cut.width(), cut.height())) {
      opencv_imgproc.resize(region, scaled, size, 0, 0, interpolation(region, cut));
    }
  }

  /** Of 8 bits the plain way is integer arithmetic, too, and two thirds of the time. */
  private static int interpolation(Mat region, Cut cut) {
    if (region.rows() >= COARSE * cut.height() || region.cols() >= COARSE * cut.width()) {
      return opencv_imgproc.INTER_AREA;
    }
    return region.depth() == opencv_core.CV_8U
        ? opencv_imgproc.INTER_LINEAR
        : opencv_imgproc.INTER_LINEAR_EXACT;
  }

  /** Where a region lies in a picture that was decoded smaller. */
  private Rect rect(Mat decoded, Region region) {
    int top = scaled(region.top(), decoded.rows(), height());
    int left = scaled(region.left(), decoded.cols(), width());
    int bottom = scaled(region.top() + region.height(), decoded.rows(), height());
    int right = scaled(region.left() + region.width(), decoded.cols(), width());
    return new Rect(left, top, right - left, bottom - top);
  }

  private static int scaled(int at, int to, int from) {
    return (int) Math.round((double) at * to / from);
  }

  private static byte[] window(Mat scaled, Cut cut, int height, int width) {
    int channels = scaled.channels();
    byte[] window = new byte[Math.multiplyExact(height * width, channels)];
    ByteBuffer from = scaled.createBuffer();
    int firstColumn = Math.max(0, -cut.left());
    int lastColumn = Math.min(width, scaled.cols() - cut.left());
    int length = (lastColumn - firstColumn) * channels;
    int lastRow = Math.min(height, scaled.rows() - cut.top());
    for (int row = Math.max(0, -cut.top()); row < lastRow && length > 0; row++) {
      int at = ((row + cut.top()) * scaled.cols() + cut.left() + firstColumn) * channels;
      from.get(at, window, (row * width + firstColumn) * channels, length);
    }
    return window;
  }
}
