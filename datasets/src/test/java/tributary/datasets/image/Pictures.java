package tributary.datasets.image;

import java.awt.image.BufferedImage;
import java.awt.image.DataBuffer;
import java.awt.image.Raster;
import java.awt.image.WritableRaster;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.IntPointer;
import org.bytedeco.opencv.global.opencv_imgcodecs;
import org.bytedeco.opencv.opencv_core.Mat;
import tributary.datasets.testing.Photos;

/** Pictures made by another encoder than ours, and parts to break them with. */
final class Pictures {
  private Pictures() {}

  /** A picture of a {@link BufferedImage} type that runs from dark (left) to light (right). */
  static byte[] gradient(String format, int bufferedImageType, int width, int height) {
    BufferedImage image = new BufferedImage(width, height, bufferedImageType);
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        int level = 255 * x / (width - 1);
        image.setRGB(x, y, 0xff000000 | level << 16 | level << 8 | level);
      }
    }
    return encode(format, image);
  }

  static byte[] encode(String format, BufferedImage image) {
    try {
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      if (!ImageIO.write(image, format, out)) {
        throw new IllegalStateException("no encoder for " + format);
      }
      return out.toByteArray();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A JPEG of any components: values row by row, component by component, as they are stored. */
  static byte[] jpegOfComponents(int width, int height, int components, int[] values) {
    WritableRaster raster =
        Raster.createInterleavedRaster(DataBuffer.TYPE_BYTE, width, height, components, null);
    raster.setPixels(0, 0, width, height, values);
    return Photos.jpeg(new IIOImage(raster, null, null), 1);
  }

  /** A JPEG with Adobe's marker: transform 0 is CMYK, 2 is YCCK. */
  static byte[] withAdobeMarker(byte[] jpeg, int transform) {
    ByteBuffer marker = ByteBuffer.allocate(16);
    marker.putShort((short) 0xffee).putShort((short) 14);
    marker.put("Adobe".getBytes(StandardCharsets.US_ASCII)).putShort((short) 100);
    marker.putShort((short) 0).putShort((short) 0).put((byte) transform);
    return afterStart(jpeg, marker.array());
  }

  /** One PNG chunk with a right CRC32. */
  static byte[] chunk(String type, byte[] data) {
    ByteBuffer chunk = ByteBuffer.allocate(12 + data.length);
    chunk.putInt(data.length).put(type.getBytes(StandardCharsets.US_ASCII)).put(data);
    CRC32 crc = new CRC32();
    crc.update(chunk.array(), 4, 4 + data.length);
    return chunk.putInt((int) crc.getValue()).array();
  }

  /** A PNG header of any size, colour type and depth, without pixels. */
  static byte[] header(int width, int height, int bitDepth, int colourType) {
    return ByteBuffer.allocate(13)
        .putInt(width)
        .putInt(height)
        .put((byte) bitDepth)
        .put((byte) colourType)
        .array();
  }

  static byte[] png(byte[]... chunks) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes("\u0089PNG\r\n\u001a\n".getBytes(StandardCharsets.ISO_8859_1));
    for (byte[] chunk : chunks) {
      out.writeBytes(chunk);
    }
    return out.toByteArray();
  }

  /** A PNG whose pixels come in seven passes. */
  static byte[] interlacedPng(BufferedImage picture) {
    ImageWriter writer = ImageIO.getImageWritersByFormatName("png").next();
    return Photos.encode(
        writer,
        new IIOImage(picture, null, null),
        settings -> settings.setProgressiveMode(ImageWriteParam.MODE_DEFAULT));
  }

  /** A JPEG by OpenCV's encoder with one of its settings. */
  static byte[] jpegByOpenCv(BufferedImage picture, int setting, int value)
      throws BadImageException {
    byte[] png = encode("png", picture);
    ImageHeader header = ImageHeader.read(png, ImageHeader.MAX_PIXELS);
    try (Mat mat = ImageDecoder.pixels(png, header, ImageDecoder.Layout.BGR);
        BytePointer out = new BytePointer();
        IntPointer settings = new IntPointer(setting, value)) {
      opencv_imgcodecs.imencode(".jpg", mat, out, settings);
      byte[] bytes = new byte[(int) out.limit()];
      out.get(bytes);
      return bytes;
    }
  }

  /** A JPEG with one more segment at its beginning. */
  static byte[] withSegment(byte[] jpeg, int code, byte[] data) {
    ByteBuffer segment = ByteBuffer.allocate(4 + data.length);
    segment.putShort((short) (0xff00 | code)).putShort((short) (2 + data.length)).put(data);
    return afterStart(jpeg, segment.array());
  }

  /** A JPEG with an EXIF block that asks for a turn; 6 is a quarter turn clockwise. */
  static byte[] withOrientation(byte[] jpeg, int orientation) {
    byte[] tiff = tiff(orientation, ByteOrder.BIG_ENDIAN);
    ByteBuffer exif = ByteBuffer.allocate(10 + tiff.length);
    exif.putShort((short) 0xffe1).putShort((short) (8 + tiff.length));
    exif.put("Exif\0\0".getBytes(StandardCharsets.US_ASCII)).put(tiff);
    return afterStart(jpeg, exif.array());
  }

  /** A TIFF block with one entry. */
  static byte[] tiff(int orientation, ByteOrder order) {
    ByteBuffer tiff = ByteBuffer.allocate(26).order(order);
    tiff.put((order == ByteOrder.BIG_ENDIAN ? "MM" : "II").getBytes(StandardCharsets.US_ASCII));
    tiff.putShort((short) 42).putInt(8);
    tiff.putShort((short) 1).putShort((short) 0x0112).putShort((short) 3).putInt(1);
    tiff.putShort((short) orientation).putShort((short) 0).putInt(0);
    return tiff.array();
  }

  private static byte[] afterStart(byte[] jpeg, byte[] marker) {
    return ByteBuffer.allocate(jpeg.length + marker.length)
        .put(jpeg, 0, 2)
        .put(marker)
        .put(jpeg, 2, jpeg.length - 2)
        .array();
  }
}
