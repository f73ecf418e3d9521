package tributary.datasets.source;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectOutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SplittableRandom;
import javax.imageio.ImageIO;
import tributary.datasets.Seeds;
import tributary.datasets.testing.LocalPack;

/** Small pictures of coloured noise, every seed another. */
final class Drawings {
  private Drawings() {}

  static byte[] jpeg(long seed) {
    return encode("jpeg", seed);
  }

  static byte[] png(long seed) {
    return encode("png", seed);
  }

  /** A JPEG that says that it lies on its side. */
  static byte[] turnedJpeg(long seed) {
    ByteBuffer exif = ByteBuffer.allocate(36);
    exif.putShort((short) 0xffe1).putShort((short) 34);
    exif.put("Exif\0\0MM".getBytes(StandardCharsets.US_ASCII)).putShort((short) 42).putInt(8);
    exif.putShort((short) 1).putShort((short) 0x0112).putShort((short) 3).putInt(1);
    exif.putShort((short) 6).putShort((short) 0).putInt(0);
    byte[] jpeg = jpeg(seed);
    return ByteBuffer.allocate(jpeg.length + 36)
        .put(jpeg, 0, 2)
        .put(exif.array())
        .put(jpeg, 2, jpeg.length - 2)
        .array();
  }

  /** Writes a file, with the folders above it. */
  static void write(Path file, byte[] content) throws IOException {
    Files.createDirectories(file.getParent());
    Files.write(file, content);
  }

  /** Passes if a source can be sent to other processes, with its rows. */
  static void requireSendable(ExampleSource source) throws IOException {
    try (ObjectOutputStream out = new ObjectOutputStream(new ByteArrayOutputStream())) {
      out.writeObject(source);
      out.writeObject(LocalPack.rows(source).get(0));
    }
  }

  private static byte[] encode(String format, long seed) {
    SplittableRandom random = Seeds.random(seed);
    BufferedImage image =
        new BufferedImage(
            8 + random.nextInt(8), 8 + random.nextInt(8), BufferedImage.TYPE_3BYTE_BGR);
    for (int y = 0; y < image.getHeight(); y++) {
      for (int x = 0; x < image.getWidth(); x++) {
        image.setRGB(x, y, random.nextInt(1 << 24));
      }
    }
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
}
