package tributary.datasets.image;

import java.nio.ByteBuffer;
import tributary.datasets.Checks;

/**
 * Walks the markers of a JPEG (ITU-T T.81, annex B) from SOI to EOI, through every scan.
 *
 * <p>A marker is {@code FF} and a code; all but RSTn, TEM, SOI and EOI are followed by a big-endian
 * length, which counts itself. In a scan's data {@code FF 00} is a byte and {@code FF D0..D7} a
 * restart; anything else after {@code FF} ends it. What follows EOI is ignored.
 */
final class JpegStructure {
  private static final int SOF0 = 0xc0;
  private static final int SOF2 = 0xc2;
  private static final int SOF15 = 0xcf;
  private static final int DHT = 0xc4;
  private static final int JPG = 0xc8;
  private static final int DAC = 0xcc;
  private static final int RST0 = 0xd0;
  private static final int RST7 = 0xd7;
  private static final int EOI = 0xd9;
  private static final int SOS = 0xda;
  private static final int SOF_BYTES = 8;

  private final ByteBuffer in;
  private ImageHeader header;

  private JpegStructure(byte[] bytes) {
    this.in = ByteBuffer.wrap(bytes);
    in.position(2);
  }

  static ImageHeader check(byte[] bytes) throws BadImageException {
    return new JpegStructure(bytes).walk();
  }

  private ImageHeader walk() throws BadImageException {
    for (int code = nextMarker(); code != EOI; code = nextMarker()) {
      int start = in.position();
      int length = in.remaining() < 2 ? 0 : Short.toUnsignedInt(in.getShort(start));
      if (length < 2 || length > in.remaining()) {
        throw truncated();
      }
      if (isFrame(code)) {
        readFrame(code, start + 2, length - 2);
      }
      in.position(start + length);
      if (code == SOS) {
        skipScan();
      }
    }
    if (header == null) {
      throw new BadImageException("JPEG: expected a frame header before the end, found none");
    }
    return header;
  }

  /** Moves behind the next marker; fill bytes {@code FF} may come before its code. */
  private int nextMarker() throws BadImageException {
    if (in.remaining() < 2) {
      throw truncated();
    }
    int at = in.position();
    if ((in.get() & 0xff) != 0xff) {
      throw new BadImageException(
          Checks.format("JPEG: expected a marker at byte %d, found %02x", at, in.get(at)));
    }
    int code = 0xff;
    while (code == 0xff && in.hasRemaining()) {
      code = in.get() & 0xff;
    }
    return code;
  }

  private void skipScan() throws BadImageException {
    for (int at = in.position(); at + 1 < in.limit(); at++) {
      if (in.get(at) == (byte) 0xff && endsScan(in.get(at + 1) & 0xff)) {
        in.position(at);
        return;
      }
    }
    throw truncated();
  }

  private static boolean endsScan(int code) {
    return code != 0 && code != 0xff && (code < RST0 || code > RST7);
  }

  private static boolean isFrame(int code) {
    return code >= SOF0 && code <= SOF15 && code != DHT && code != JPG && code != DAC;
  }

  private void readFrame(int code, int at, int length) throws BadImageException {
    if (code > SOF2) {
      throw new BadImageException(
          Checks.format(
              "JPEG process: expected baseline or progressive (SOF0..SOF2), found SOF%d",
              code - SOF0));
    }
    if (header != null || length < SOF_BYTES) {
      throw new BadImageException(
          Checks.format("JPEG: expected one whole frame header, found another at byte %d", at));
    }
    int bitDepth = in.get(at);
    if (bitDepth != 8) {
      throw new BadImageException("JPEG bit depth: expected 8, found " + bitDepth);
    }
    int components = in.get(at + 5);
    if (components != 1 && components != 3) {
      throw new BadImageException(
          "JPEG components: expected 1 (grey) or 3 (colour), found "
              + components
              + (components == 4 ? " (CMYK or YCCK)" : ""));
    }
    header =
        new ImageHeader(
            ImageFormat.JPEG,
            Short.toUnsignedInt(in.getShort(at + 1)),
            Short.toUnsignedInt(in.getShort(at + 3)),
            bitDepth,
            components);
  }

  private BadImageException truncated() {
    return new BadImageException(
        Checks.format(
            "truncated JPEG: expected end marker FF D9, found none in %d bytes", in.limit()));
  }
}
