package tributary.datasets.image;

import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.opencv.global.opencv_core;
import org.bytedeco.opencv.global.opencv_imgcodecs;
import org.bytedeco.opencv.opencv_core.Mat;
import tributary.datasets.Checks;
import tributary.datasets.Natives;

/**
 * Encoded pictures to planes of bytes. Safe for several threads; decodes in the calling thread.
 *
 * <p>Only whole PNG and JPEG files reach native code; see {@link ImageHeader}, and for what is
 * inside them, {@link JpegScans} and {@link PngScans}. What becomes of them:
 *
 * <ul>
 *   <li>16-bit PNG samples keep their high byte, so 0..65535 becomes 0..255; samples of 1, 2 and 4
 *       bits are stretched to 0..255; palettes are resolved.
 *   <li>Alpha is dropped, not composited: the colour stored under transparent pixels shows.
 *   <li>Grey becomes three equal channels, and colour becomes luma, as the caller asks.
 *   <li>The EXIF orientation is applied: height and width may be swapped against the header.
 *   <li>CMYK and YCCK JPEGs with Adobe's marker become red, green, blue by the product of paper and
 *       inks, without a colour profile; without the marker they are refused.
 * </ul>
 */
public final class ImageDecoder {
  static {
    Natives.load(opencv_core.class, opencv_imgcodecs.class);
    opencv_core.setNumThreads(1);
  }

  private ImageDecoder() {}

  /**
   * Decodes a picture of at most 64 Mi pixels.
   *
   * @param bytes a whole PNG or JPEG file; the content counts, not a name
   * @param channels 1 for luma, 3 for red, green, blue
   * @throws BadImageException if the bytes are no such picture, or only a part of one
   */
  public static Image decode(byte[] bytes, int channels) throws BadImageException {
    return decode(bytes, channels, ImageHeader.MAX_PIXELS);
  }

  /**
   * Decodes a picture with a limit of the caller's on its size.
   *
   * @param maxPixels largest height times width, 1 to 64 Mi; the header of a larger picture is
   *     enough to refuse it
   */
  public static Image decode(byte[] bytes, int channels, long maxPixels) throws BadImageException {
    Checks.argument(channels == 1 || channels == 3, "channels must be 1 or 3, got %d", channels);
    Checks.argument(
        maxPixels >= 1 && maxPixels <= ImageHeader.MAX_PIXELS,
        "max pixels must be in 1..%d, got %d",
        ImageHeader.MAX_PIXELS,
        maxPixels);
    ImageHeader header = ImageHeader.read(bytes, maxPixels);
    requireSound(bytes, header);
    try (Mat decoded = pixels(bytes, header, channels == 1 ? Layout.GREY : Layout.RGB)) {
      byte[] interleaved = new byte[channels * decoded.rows() * decoded.cols()];
      decoded.data().get(interleaved);
      return new Image(channels, decoded.rows(), decoded.cols(), planes(interleaved, channels));
    }
  }

  /** Refuses a file whose pixels native code would partly make up. */
  static void requireSound(byte[] bytes, ImageHeader header) throws BadImageException {
    switch (header.format()) {
      case JPEG -> JpegScans.check(bytes, header);
      case PNG -> PngScans.check(bytes, header);
    }
  }

  /** What a pixel in memory is made of. */
  enum Layout {
    GREY(opencv_imgcodecs.IMREAD_GRAYSCALE),
    RGB(opencv_imgcodecs.IMREAD_COLOR_RGB),
    /** The order that OpenCV encodes. */
    BGR(opencv_imgcodecs.IMREAD_COLOR_BGR);

    private final int mode;

    Layout(int mode) {
      this.mode = mode;
    }

    static Layout of(int channels) {
      return channels == 1 ? GREY : BGR;
    }
  }

  /** How much smaller than stored a JPEG is decoded. */
  enum Reduction {
    NONE(1, 0),
    HALF(2, opencv_imgcodecs.IMREAD_REDUCED_GRAYSCALE_2),
    QUARTER(4, opencv_imgcodecs.IMREAD_REDUCED_GRAYSCALE_4),
    EIGHTH(8, opencv_imgcodecs.IMREAD_REDUCED_GRAYSCALE_8);

    private final int divisor;
    private final int mode;

    Reduction(int divisor, int mode) {
      this.divisor = divisor;
      this.mode = mode;
    }

    /** What is left of so many pixels. */
    private int of(int pixels) {
      return (pixels + divisor - 1) / divisor;
    }

    /** The largest that leaves no side of {@code from} pixels with fewer than {@code to}. */
    static Reduction between(int from, int to) {
      Reduction largest = NONE;
      for (Reduction reduction : values()) {
        if (from / reduction.divisor >= to) {
          largest = reduction;
        }
      }
      return largest;
    }
  }

  /**
   * The upright pixels as OpenCV has them, {@code [height][width][channels]}; the caller closes
   * them.
   *
   * @param header of {@code bytes}: it was found right
   */
  static Mat pixels(byte[] bytes, ImageHeader header, Layout layout) throws BadImageException {
    return pixels(bytes, header, layout, Reduction.NONE);
  }

  /** The same of a smaller picture; sides that are not divisible are rounded up. */
  static Mat pixels(byte[] bytes, ImageHeader header, Layout layout, Reduction reduction)
      throws BadImageException {
    int mode = layout.mode | reduction.mode | opencv_imgcodecs.IMREAD_IGNORE_ORIENTATION;
    try (BytePointer file = new BytePointer(bytes);
        Mat encoded = new Mat(1, bytes.length, opencv_core.CV_8UC1, file)) {
      Mat decoded = opencv_imgcodecs.imdecode(encoded, mode);
      if (decoded == null || decoded.empty()) {
        throw new BadImageException(
            header.format() + " of right structure, but its pixels cannot be decoded");
      }
      requireSize(decoded, header, reduction);
      header.orientation().apply(decoded);
      return decoded;
    } catch (RuntimeException e) {
      BadImageException bad =
          new BadImageException(
              header.format() + " refused by OpenCV: " + firstLine(String.valueOf(e.getMessage())));
      bad.initCause(e);
      throw bad;
    }
  }

  /** All else relies on the header. */
  private static void requireSize(Mat decoded, ImageHeader header, Reduction reduction)
      throws BadImageException {
    int height = reduction.of(header.height());
    int width = reduction.of(header.width());
    if (decoded.rows() != height || decoded.cols() != width) {
      throw new BadImageException(
          Checks.format(
              "%s: expected %dx%d pixels by its header, decoded %dx%d",
              header.format(), width, height, decoded.cols(), decoded.rows()));
    }
  }

  /** {@code [height][width][channels]} to {@code [channels][height][width]}. */
  private static byte[] planes(byte[] interleaved, int channels) {
    if (channels == 1) {
      return interleaved;
    }
    int plane = interleaved.length / channels;
    byte[] planes = new byte[interleaved.length];
    for (int c = 0; c < channels; c++) {
      for (int i = 0; i < plane; i++) {
        planes[c * plane + i] = interleaved[i * channels + c];
      }
    }
    return planes;
  }

  private static String firstLine(String text) {
    return text.lines().findFirst().orElse("");
  }
}
