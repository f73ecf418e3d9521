package tributary.datasets.image;

import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.IntPointer;
import org.bytedeco.opencv.global.opencv_core;
import org.bytedeco.opencv.global.opencv_imgcodecs;
import org.bytedeco.opencv.opencv_core.Mat;
import tributary.datasets.Natives;

/**
 * Pictures to PNG: equal pixels give equal bytes, on every machine, because OpenCV brings its own
 * compressor and all its settings are fixed here. Safe for several threads.
 */
public final class PngEncoder {
  private static final int COMPRESSION_LEVEL = 6;

  static {
    Natives.load(opencv_core.class, opencv_imgcodecs.class);
  }

  private PngEncoder() {}

  /** An 8-bit grey or RGB PNG of {@code image}. */
  public static byte[] encode(Image image) {
    int type = image.channels() == 1 ? opencv_core.CV_8UC1 : opencv_core.CV_8UC3;
    try (BytePointer pixels = new BytePointer(interleavedBgr(image));
        Mat mat = new Mat(image.height(), image.width(), type, pixels)) {
      return encode(mat);
    }
  }

  /** A PNG of as many bits as the pixels have, in OpenCV's order. */
  static byte[] encode(Mat mat) {
    try (BytePointer file = new BytePointer();
        IntPointer settings =
            new IntPointer(
                opencv_imgcodecs.IMWRITE_PNG_COMPRESSION,
                COMPRESSION_LEVEL,
                opencv_imgcodecs.IMWRITE_PNG_STRATEGY,
                opencv_imgcodecs.IMWRITE_PNG_STRATEGY_DEFAULT)) {
      if (!opencv_imgcodecs.imencode(".png", mat, file, settings)) {
        throw new IllegalStateException("OpenCV could not encode a PNG");
      }
      byte[] bytes = new byte[(int) file.limit()];
      file.get(bytes);
      return bytes;
    }
  }

  /** OpenCV's layout: {@code [height][width][channels]}, blue first. */
  private static byte[] interleavedBgr(Image image) {
    int channels = image.channels();
    byte[] planes = image.pixels();
    int plane = planes.length / channels;
    byte[] interleaved = new byte[planes.length];
    for (int c = 0; c < channels; c++) {
      int from = (channels - 1 - c) * plane;
      for (int i = 0; i < plane; i++) {
        interleaved[i * channels + c] = planes[from + i];
      }
    }
    return interleaved;
  }
}
