package tributary.datasets.image;

import java.io.ByteArrayOutputStream;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import tributary.datasets.Checks;

/**
 * Walks the markers of a JPEG (ITU-T T.81, annex B) from SOI to EOI, through every scan.
 *
 * <p>A marker is {@code FF} and a code; all but RSTn, TEM, SOI and EOI are followed by a big-endian
 * length, which counts itself. In a scan's data {@code FF 00} is a byte and {@code FF D0..D7} a
 * restart; anything else after {@code FF} ends it. What follows EOI is ignored.
 *
 * <p>Four components are inks. Which they are only Adobe's APP14 tells: transform 0 is CMYK, 2 is
 * YCCK, and both are stored inverted, 255 for no ink. Without it their meaning is anybody's guess,
 * so such files are refused.
 */
final class JpegStructure {
  private static final int SOF0 = 0xc0;
  private static final int SOF2 = 0xc2;
  private static final int SOF15 = 0xcf;
  private static final int DHT = 0xc4;
  private static final int JPG = 0xc8;
  private static final int DAC = 0xcc;
  private static final int APP0 = 0xe0;
  private static final int APP1 = 0xe1;
  private static final int APP14 = 0xee;
  private static final int APP15 = 0xef;
  private static final int COM = 0xfe;
  private static final int RST0 = 0xd0;
  private static final int RST7 = 0xd7;
  private static final int EOI = 0xd9;
  private static final int SOS = 0xda;
  private static final int SOF_BYTES = 8;
  private static final byte[] EXIF = "Exif\0\0".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] ADOBE = "Adobe".getBytes(StandardCharsets.US_ASCII);
  private static final int ADOBE_TRANSFORM = 11;
  private static final int NO_TRANSFORM = -1;

  /** Each scan of a progressive JPEG costs a pass over all its pixels; real ones have ten or so. */
  private static final int MAX_SCANS = 200;

  private static final VarHandle WORDS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private static final long LOW_BITS = 0x0101010101010101L;
  private static final long HIGH_BITS = 0x8080808080808080L;

  private final ByteBuffer in;
  private ImageHeader header;
  private Orientation orientation = Orientation.UPRIGHT;
  private int adobeTransform = NO_TRANSFORM;
  private int scans;

  /** Takes what the pixels are made of; null if nobody wants it. */
  private ByteArrayOutputStream bare;

  private JpegStructure(byte[] bytes) {
    this.in = ByteBuffer.wrap(bytes);
    in.position(2);
  }

  static ImageHeader check(byte[] bytes) throws BadImageException {
    return new JpegStructure(bytes).walk();
  }

  /**
   * A JPEG of right structure without comments and without what programs store for themselves: the
   * components of its pixels stay as they are.
   */
  static byte[] withoutRemarks(byte[] bytes) throws BadImageException {
    JpegStructure structure = new JpegStructure(bytes);
    structure.bare = new ByteArrayOutputStream(bytes.length);
    structure.bare.write(bytes, 0, 2);
    structure.walk();
    structure.bare.write(0xff);
    structure.bare.write(EOI);
    return structure.bare.toByteArray();
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
      } else if (code == APP1 && startsWith(EXIF, start + 2, length - 2)) {
        int tiff = start + 2 + EXIF.length;
        orientation = Orientation.ofTiff(in.slice(tiff, start + length - tiff));
      } else if (code == APP14
          && length - 2 > ADOBE_TRANSFORM
          && startsWith(ADOBE, start + 2, length - 2)) {
        adobeTransform = in.get(start + 2 + ADOBE_TRANSFORM);
      }
      in.position(start + length);
      if (code == SOS) {
        countScan();
        skipScan();
      }
      keep(code, start - 2);
    }
    if (header == null) {
      throw new BadImageException("JPEG: expected a frame header before the end, found none");
    }
    requireKnownInks();
    return new ImageHeader(
        header.format(),
        header.height(),
        header.width(),
        header.bitDepth(),
        header.components(),
        orientation);
  }

  /** Everything up to here, from a marker on. */
  private void keep(int code, int from) {
    boolean isRemark = code == COM || (code >= APP0 && code <= APP15);
    if (bare != null && !isRemark) {
      bare.write(in.array(), from, in.position() - from);
    }
  }

  private void requireKnownInks() throws BadImageException {
    if (header.components() == 4 && adobeTransform != 0 && adobeTransform != 2) {
      throw new BadImageException(
          "JPEG of 4 components: expected Adobe's APP14 marker with transform 0 (CMYK) or 2 (YCCK),"
              + " found "
              + (adobeTransform == NO_TRANSFORM ? "none" : "transform " + adobeTransform)
              + "; its colours cannot be told");
    }
  }

  private boolean startsWith(byte[] prefix, int at, int length) {
    return length >= prefix.length && in.slice(at, prefix.length).equals(ByteBuffer.wrap(prefix));
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

  private void countScan() throws BadImageException {
    scans++;
    if (scans > MAX_SCANS) {
      throw new BadImageException(
          Checks.format("JPEG: expected at most %d scans, found more", MAX_SCANS));
    }
  }

  private void skipScan() throws BadImageException {
    byte[] bytes = in.array();
    for (int at = nextFf(bytes, in.position()); at + 1 < bytes.length; at = nextFf(bytes, at + 1)) {
      if (endsScan(bytes[at + 1] & 0xff)) {
        in.position(at);
        return;
      }
    }
    throw truncated();
  }

  /**
   * Where the next byte {@code FF} is, looked for in eight bytes at once; the length if none is.
   */
  private static int nextFf(byte[] bytes, int from) {
    int at = from;
    for (; at <= bytes.length - Long.BYTES; at += Long.BYTES) {
      long word = (long) WORDS.get(bytes, at);
      long found = (~word - LOW_BITS) & word & HIGH_BITS; // its lowest bit is in the first FF
      if (found != 0) {
        return at + Long.numberOfTrailingZeros(found) / Byte.SIZE;
      }
    }
    while (at < bytes.length && bytes[at] != (byte) 0xff) {
      at++;
    }
    return at;
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
    if (components != 1 && components != 3 && components != 4) {
      throw new BadImageException(
          "JPEG components: expected 1 (grey), 3 (colour) or 4 (inks), found " + components);
    }
    header =
        new ImageHeader(
            ImageFormat.JPEG,
            Short.toUnsignedInt(in.getShort(at + 1)),
            Short.toUnsignedInt(in.getShort(at + 3)),
            bitDepth,
            components,
            Orientation.UPRIGHT);
  }

  private BadImageException truncated() {
    return new BadImageException(
        Checks.format(
            "truncated JPEG: expected end marker FF D9, found none in %d bytes", in.limit()));
  }
}
