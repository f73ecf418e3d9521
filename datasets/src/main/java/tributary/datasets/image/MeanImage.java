package tributary.datasets.image;

import java.io.Serializable;
import java.nio.ShortBuffer;
import java.util.Arrays;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.ShortPointer;
import org.bytedeco.opencv.global.opencv_core;
import org.bytedeco.opencv.global.opencv_imgcodecs;
import org.bytedeco.opencv.global.opencv_imgproc;
import org.bytedeco.opencv.opencv_core.Mat;
import org.bytedeco.opencv.opencv_core.Rect;
import tributary.datasets.Checks;
import tributary.datasets.Natives;
import tributary.datasets.image.Cut.Region;

/**
 * The mean of pictures of one size, pixel by pixel: a PNG of 16 bits whose 65535 is white, so that
 * any program shows it. Equal pixels make equal bytes. Not changed after construction: safe for
 * several threads. Sent to executors.
 */
public final class MeanImage implements Serializable {
  /** The most values, channels times height times width, of one that is made or read. */
  public static final int MAX_VALUES = 1 << 20;

  private static final int WHITE = 65_535;

  /** Steps of 16 bits in one of 8: white is white in both. */
  private static final int STEPS = WHITE / 255;

  static {
    Natives.load(opencv_core.class, opencv_imgproc.class, opencv_imgcodecs.class);
    opencv_core.setNumThreads(1);
  }

  private final byte[] png;

  /** Decoded where it is needed. */
  private transient volatile Raster raster;

  private MeanImage(byte[] png, Raster raster) {
    this.png = png;
    this.raster = raster;
  }

  /**
   * The mean of pictures.
   *
   * @param channels 1 (grey) or 3 (red, green, blue)
   * @param sums of the pictures' pixels, each of them in 0..255: {@code [channels][height][width]}
   * @param pictures how many, at least 1
   */
  public static MeanImage of(int channels, int height, int width, long[] sums, long pictures) {
    Checks.argument(pictures >= 1, "a mean is of at least 1 picture, got %d", pictures);
    Checks.argument(
        sums.length == (long) channels * height * width,
        "%dx%d pixels of %d channels need as many sums, got %d",
        height,
        width,
        channels,
        sums.length);
    int plane = height * width;
    short[] values = new short[sums.length];
    for (int c = 0; c < channels; c++) {
      for (int i = 0; i < plane; i++) {
        // to the nearest, halves up; exact, since all are whole numbers
        long doubled = 2 * STEPS * sums[c * plane + i] + pictures;
        values[i * channels + channels - 1 - c] = (short) Math.floorDiv(doubled, 2 * pictures);
      }
    }
    Raster raster = new Raster(channels, height, width, values);
    try (ShortPointer pixels = new ShortPointer(values);
        Mat mat = new Mat(height, width, raster.type(), pixels)) {
      return new MeanImage(PngEncoder.encode(mat), raster);
    }
  }

  /**
   * The mean image in a file.
   *
   * @param png from {@link #png}; the caller knows by a checksum that it is
   * @throws BadImageException if it is no PNG of 16 bits
   */
  public static MeanImage ofPng(byte[] png) throws BadImageException {
    ImageHeader header = ImageHeader.read(png, MAX_VALUES);
    Raster raster = header.format() == ImageFormat.PNG ? decode(png) : null;
    if (raster == null) {
      throw new BadImageException("mean image: expected a PNG of 16 bits");
    }
    return new MeanImage(png.clone(), raster);
  }

  /** The file. */
  public byte[] png() {
    return png.clone();
  }

  /** 1 (grey) or 3 (red, green, blue). */
  public int channels() {
    return raster().channels;
  }

  /** Rows. */
  public int height() {
    return raster().height;
  }

  /** Columns. */
  public int width() {
    return raster().width;
  }

  /**
   * What is subtracted from a window that was cut out of a picture of this size: the mean image cut
   * alike, black where the window lies outside.
   *
   * @param height rows of the window
   * @param width columns of the window
   * @return {@code [channels][height][width]}, white is 1
   */
  public float[] window(Cut cut, int height, int width) {
    Raster scaled = raster().scaled(cut);
    int channels = scaled.channels;
    float[] window = new float[channels * height * width];
    int firstColumn = Math.max(0, -cut.left());
    int lastColumn = Math.min(width, scaled.width - cut.left());
    int lastRow = Math.min(height, scaled.height - cut.top());
    for (int c = 0; c < channels; c++) {
      for (int row = Math.max(0, -cut.top()); row < lastRow; row++) {
        int from = (row + cut.top()) * scaled.width + cut.left();
        int to = (c * height + row) * width;
        for (int column = firstColumn; column < lastColumn; column++) {
          int value = scaled.values[(from + column) * channels + channels - 1 - c] & WHITE;
          window[to + column] = (float) value / WHITE;
        }
      }
    }
    return window;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof MeanImage mean && Arrays.equals(png, mean.png);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(png);
  }

  @Override
  public String toString() {
    return Checks.format("mean image of %d bytes", png.length);
  }

  private Raster raster() {
    if (raster == null) {
      raster = decode(png); // it could be decoded where it came from
    }
    return raster;
  }

  /** Null if there is something else in it. */
  private static Raster decode(byte[] png) {
    try (BytePointer file = new BytePointer(png);
        Mat encoded = new Mat(1, png.length, opencv_core.CV_8UC1, file);
        Mat mat = opencv_imgcodecs.imdecode(encoded, opencv_imgcodecs.IMREAD_UNCHANGED)) {
      boolean ours =
          mat != null && (mat.type() == opencv_core.CV_16UC1 || mat.type() == opencv_core.CV_16UC3);
      return ours && !mat.empty() ? Raster.of(mat) : null;
    }
  }

  /** Pixels of 16 bits as OpenCV has them: {@code [height][width][channels]}, blue first. */
  @SuppressWarnings("ArrayRecordComponent") // hot path; never compared
  private record Raster(int channels, int height, int width, short[] values) {
    static Raster of(Mat mat) {
      short[] values = new short[mat.channels() * mat.rows() * mat.cols()];
      ShortBuffer pixels = mat.createBuffer();
      pixels.get(values);
      return new Raster(mat.channels(), mat.rows(), mat.cols(), values);
    }

    int type() {
      return channels == 1 ? opencv_core.CV_16UC1 : opencv_core.CV_16UC3;
    }

    Raster scaled(Cut cut) {
      Region region = cut.region();
      if (region.equals(Region.all(height, width))
          && cut.height() == height
          && cut.width() == width) {
        return this;
      }
      try (ShortPointer pixels = new ShortPointer(values);
          Mat whole = new Mat(height, width, type(), pixels);
          Rect rect = new Rect(region.left(), region.top(), region.width(), region.height());
          Mat part = new Mat(whole, rect);
          Mat scaled = new Mat()) {
        Picture.scaleRegion(part, cut, scaled);
        return of(scaled);
      }
    }
  }
}
