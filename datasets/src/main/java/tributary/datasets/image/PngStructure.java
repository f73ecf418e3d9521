package tributary.datasets.image;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.zip.CRC32;
import tributary.datasets.Checks;

/**
 * Walks the chunks of a PNG (ISO/IEC 15948, section 5.3): each is length, type, data and CRC32,
 * big-endian; IHDR comes first, IEND last. What follows IEND is ignored.
 */
final class PngStructure {
  private static final int SIGNATURE_BYTES = 8;
  private static final int CHUNK_OVERHEAD = 12;

  /** OpenCV lays frames over each other where other decoders show the first. */
  private static final Set<String> ANIMATION = Set.of("acTL", "fcTL", "fdAT");

  private static final int IHDR_BYTES = 13;

  private PngStructure() {}

  static ImageHeader check(byte[] bytes) throws BadImageException {
    ByteBuffer in = ByteBuffer.wrap(bytes);
    ImageHeader header = null;
    Orientation orientation = Orientation.UPRIGHT;
    int at = SIGNATURE_BYTES;
    while (at <= bytes.length - CHUNK_OVERHEAD) {
      int length = in.getInt(at);
      if (length < 0 || length > bytes.length - at - CHUNK_OVERHEAD) {
        break;
      }
      String type = new String(bytes, at + 4, 4, StandardCharsets.ISO_8859_1);
      checkCrc(in, at, length, type);
      if (header == null) {
        header = header(in, at, length, type);
      }
      if (ANIMATION.contains(type)) {
        throw new BadImageException(
            Checks.format(
                "PNG: expected a still picture, found an animation (chunk %s at byte %d)",
                type, at));
      }
      if (type.equals("eXIf")) {
        orientation = Orientation.ofTiff(in.slice(at + 8, length));
      }
      if (type.equals("IEND")) {
        return turned(header, orientation);
      }
      at += CHUNK_OVERHEAD + length;
    }
    throw new BadImageException(
        Checks.format(
            "truncated PNG: expected a chunk at byte %d and IEND at the end, found %d bytes",
            at, bytes.length));
  }

  private static ImageHeader turned(ImageHeader header, Orientation orientation) {
    return new ImageHeader(
        header.format(),
        header.height(),
        header.width(),
        header.bitDepth(),
        header.components(),
        orientation);
  }

  private static void checkCrc(ByteBuffer in, int at, int length, String type)
      throws BadImageException {
    CRC32 crc = new CRC32();
    crc.update(in.slice(at + 4, 4 + length));
    int stored = in.getInt(at + 8 + length);
    if ((int) crc.getValue() != stored) {
      throw new BadImageException(
          Checks.format(
              "PNG chunk %s at byte %d: CRC32 expected %08x, found %08x",
              type, at, stored, (int) crc.getValue()));
    }
  }

  private static ImageHeader header(ByteBuffer in, int at, int length, String type)
      throws BadImageException {
    if (!type.equals("IHDR") || length != IHDR_BYTES) {
      throw new BadImageException(
          Checks.format(
              "PNG: expected first chunk IHDR of %d bytes, found %s of %d",
              IHDR_BYTES, type, length));
    }
    int data = at + 8;
    int colourType = in.get(data + 9);
    int components =
        switch (colourType) {
          case 0, 3 -> 1;
          case 4 -> 2;
          case 2 -> 3;
          case 6 -> 4;
          default ->
              throw new BadImageException(
                  "PNG colour type: expected 0, 2, 3, 4 or 6, found " + colourType);
        };
    int bitDepth = in.get(data + 8);
    if (Integer.bitCount(bitDepth) != 1 || bitDepth > 16) {
      throw new BadImageException("PNG bit depth: expected 1, 2, 4, 8 or 16, found " + bitDepth);
    }
    return new ImageHeader(
        ImageFormat.PNG,
        in.getInt(data + 4),
        in.getInt(data),
        bitDepth,
        components,
        Orientation.UPRIGHT);
  }
}
