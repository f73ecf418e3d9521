package tributary.datasets.image;

import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.IntPointer;
import org.bytedeco.opencv.global.opencv_core;
import org.bytedeco.opencv.global.opencv_imgcodecs;
import org.bytedeco.opencv.global.opencv_imgproc;
import org.bytedeco.opencv.opencv_core.Mat;
import org.bytedeco.opencv.opencv_core.Size;
import tributary.datasets.Checks;
import tributary.datasets.Natives;

/**
 * Makes encoded pictures smaller and encodes them again. Safe for several threads; works in the
 * calling one.
 */
public final class ImageShrinker {
  static {
    Natives.load(opencv_core.class, opencv_imgproc.class, opencv_imgcodecs.class);
    opencv_core.setNumThreads(1);
  }

  private ImageShrinker() {}

  /**
   * A picture whose shorter side has at most so many pixels; the same bytes if it has them already.
   * Each new pixel is the mean of the area that it stands for.
   *
   * @param bytes a whole PNG or JPEG file; what comes back is of the same format, upright, and
   *     without any metadata
   * @param channels 1 for luma, 3 for colour
   * @param shortSide pixels, at least 1
   * @param jpegQuality 1 to 100
   * @throws BadImageException as {@link ImageDecoder#decode}
   */
  public static byte[] shrink(byte[] bytes, int channels, int shortSide, int jpegQuality)
      throws BadImageException {
    ImageHeader header = ImageHeader.read(bytes, ImageHeader.MAX_PIXELS);
    if (Math.min(header.height(), header.width()) <= shortSide) {
      return bytes;
    }
    ImageDecoder.requireSound(bytes, header);
    try (Mat large = ImageDecoder.pixels(bytes, header, ImageDecoder.Layout.of(channels));
        Mat small = new Mat();
        Size size = size(large, shortSide)) {
      opencv_imgproc.resize(large, small, size, 0, 0, opencv_imgproc.INTER_AREA);
      return header.format() == ImageFormat.JPEG
          ? encode(".jpg", small, opencv_imgcodecs.IMWRITE_JPEG_QUALITY, jpegQuality)
          : encode(".png", small, opencv_imgcodecs.IMWRITE_PNG_COMPRESSION, 6);
    }
  }

  /**
   * A picture of classes, not of colours: each new pixel is one of the old.
   *
   * @param bytes a whole PNG file of one channel
   * @param height pixels, at least 1
   * @param width pixels, at least 1
   */
  public static byte[] resizeMask(byte[] bytes, int height, int width) throws BadImageException {
    ImageHeader header = ImageHeader.read(bytes, ImageHeader.MAX_PIXELS);
    if (header.height() == height && header.width() == width) {
      return bytes;
    }
    try (Mat large = ImageDecoder.pixels(bytes, header, ImageDecoder.Layout.GREY);
        Mat small = new Mat();
        Size size = new Size(width, height)) {
      opencv_imgproc.resize(large, small, size, 0, 0, opencv_imgproc.INTER_NEAREST);
      return encode(".png", small, opencv_imgcodecs.IMWRITE_PNG_COMPRESSION, 6);
    }
  }

  private static Size size(Mat large, int shortSide) {
    double scale = (double) shortSide / Math.min(large.rows(), large.cols());
    return new Size(
        Math.max(1, (int) Math.round(large.cols() * scale)),
        Math.max(1, (int) Math.round(large.rows() * scale)));
  }

  private static byte[] encode(String format, Mat picture, int option, int value) {
    try (BytePointer out = new BytePointer();
        IntPointer options = new IntPointer(option, value)) {
      Checks.argument(
          opencv_imgcodecs.imencode(format, picture, out, options), "cannot encode %s", format);
      byte[] bytes = new byte[Math.toIntExact(out.limit())];
      out.get(bytes);
      return bytes;
    }
  }
}
