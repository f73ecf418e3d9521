package tributary.datasets.image;

import java.util.Arrays;
import org.bytedeco.opencv.global.opencv_core;
import org.bytedeco.opencv.global.opencv_imgproc;
import org.bytedeco.opencv.opencv_core.Mat;
import org.bytedeco.opencv.opencv_core.Point;
import org.bytedeco.opencv.opencv_core.Scalar;
import tributary.datasets.Checks;
import tributary.datasets.Natives;

/** A white picture that others and words are put on, for people to look at. For one thread. */
public final class Canvas {
  /** Rows of pixels that a line of words takes. */
  public static final int LINE_HEIGHT = 16;

  private static final double FONT_SCALE = 0.4;
  private static final int BASELINE = 11;

  static {
    Natives.load(opencv_core.class, opencv_imgproc.class);
  }

  private final Image image;

  /**
   * An empty one.
   *
   * @param channels 1 (grey) or 3 (red, green, blue)
   * @param height pixels
   * @param width pixels
   */
  public Canvas(int channels, int height, int width) {
    byte[] white = new byte[Math.multiplyExact(Math.multiplyExact(channels, height), width)];
    Arrays.fill(white, (byte) 0xff);
    this.image = new Image(channels, height, width, white);
  }

  /** What is on it; not copied. */
  public Image image() {
    return image;
  }

  /**
   * Puts a picture on it, which must lie inside.
   *
   * @param picture of as many channels
   * @param zoom height and width of the square that each of its pixels becomes, at least 1
   * @param top first row
   * @param left first column
   */
  public void put(Image picture, int zoom, int top, int left) {
    requireInside(picture.height() * zoom, picture.width() * zoom, top, left);
    Checks.argument(
        picture.channels() == image.channels(),
        "picture has %d channels, canvas %d",
        picture.channels(),
        image.channels());
    for (int c = 0; c < image.channels(); c++) {
      for (int row = 0; row < picture.height() * zoom; row++) {
        int from = (c * picture.height() + row / zoom) * picture.width();
        int to = at(c, top + row, left);
        for (int column = 0; column < picture.width() * zoom; column++) {
          image.pixels()[to + column] = picture.pixels()[from + column / zoom];
        }
      }
    }
  }

  /**
   * Writes a line in black; what is too long is cut off.
   *
   * @param text of ASCII; other characters become question marks
   * @param top first row of {@value #LINE_HEIGHT}
   * @param left first column
   * @param width columns
   */
  public void write(String text, int top, int left, int width) {
    requireInside(LINE_HEIGHT, width, top, left);
    byte[] line = new byte[LINE_HEIGHT * width];
    try (Scalar white = Scalar.all(0xff);
        Scalar black = Scalar.all(0);
        Point start = new Point(0, BASELINE);
        Mat mat = new Mat(LINE_HEIGHT, width, opencv_core.CV_8UC1, white)) {
      opencv_imgproc.putText(
          mat,
          text.replaceAll("[^ -~]", "?"),
          start,
          opencv_imgproc.FONT_HERSHEY_SIMPLEX,
          FONT_SCALE,
          black);
      mat.data().get(line);
    }
    for (int c = 0; c < image.channels(); c++) {
      for (int row = 0; row < LINE_HEIGHT; row++) {
        System.arraycopy(line, row * width, image.pixels(), at(c, top + row, left), width);
      }
    }
  }

  private int at(int channel, int row, int column) {
    return (channel * image.height() + row) * image.width() + column;
  }

  private void requireInside(int height, int width, int top, int left) {
    Checks.argument(
        top >= 0 && left >= 0 && top + height <= image.height() && left + width <= image.width(),
        "%dx%d pixels at (%d, %d) do not lie inside %dx%d",
        height,
        width,
        top,
        left,
        image.height(),
        image.width());
  }
}
