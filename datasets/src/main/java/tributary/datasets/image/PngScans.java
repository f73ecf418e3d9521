package tributary.datasets.image;

import java.nio.ByteBuffer;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import tributary.datasets.Checks;

/**
 * Whether the compressed data inside a PNG of right structure holds all pixels, no more, and with
 * the right checksum (ISO/IEC 15948, sections 8 to 10).
 *
 * <p>Where more comes than the header says, or other than zlib's checksum says, libpng only warns,
 * and OpenCV goes on with pixels that may be another picture's. Costs about as much as reading them
 * once more, and is for when data comes in.
 */
final class PngScans {
  private static final int SIGNATURE_BYTES = 8;
  private static final int CHUNK_OVERHEAD = 12;
  private static final int INTERLACE_AT = 28;
  private static final int IDAT = 0x49444154;
  private static final int IEND = 0x49454e44;
  private static final int BUFFER_BYTES = 1 << 16;

  /** First column, first row and distances of each of the seven passes. */
  private static final int[][] PASSES = {
    {0, 0, 8, 8}, {4, 0, 8, 8}, {0, 4, 4, 8}, {2, 0, 4, 4}, {0, 2, 2, 4}, {1, 0, 2, 2}, {0, 1, 1, 2}
  };

  private static final int[][] ONE_PASS = {{0, 0, 1, 1}};

  private PngScans() {}

  /** Refuses a PNG whose pixels are not as many as its header says, or not as they were packed. */
  static void check(byte[] bytes, ImageHeader header) throws BadImageException {
    long expected = bytesOfPixels(header, bytes[INTERLACE_AT] == 0 ? ONE_PASS : PASSES);
    Inflater inflater = new Inflater();
    try {
      long found = inflate(bytes, inflater, expected);
      if (found != expected || !inflater.finished()) {
        throw new BadImageException(
            Checks.format(
                "PNG of right structure, but damaged inside: expected %d bytes of pixels, found %s",
                expected,
                found > expected ? "more" : found + (inflater.finished() ? "" : " without end")));
      }
    } catch (DataFormatException e) {
      BadImageException bad =
          new BadImageException(
              "PNG of right structure, but damaged inside: zlib: " + e.getMessage());
      bad.initCause(e);
      throw bad;
    } finally {
      inflater.end();
    }
  }

  /** Counts what all IDAT chunks hold; stops when it is more than expected. */
  private static long inflate(byte[] bytes, Inflater inflater, long expected)
      throws DataFormatException {
    byte[] pixels = new byte[(int) Math.min(BUFFER_BYTES, expected + 1)];
    ByteBuffer in = ByteBuffer.wrap(bytes);
    long found = 0;
    int at = SIGNATURE_BYTES;
    for (int type = in.getInt(at + 4); type != IEND; type = in.getInt(at + 4)) {
      int length = in.getInt(at);
      if (type == IDAT) {
        inflater.setInput(bytes, at + 8, length);
        int some = inflater.inflate(pixels);
        while (some > 0 && found <= expected) {
          found += some;
          some = inflater.inflate(pixels);
        }
      }
      at += CHUNK_OVERHEAD + length;
    }
    return found;
  }

  private static long bytesOfPixels(ImageHeader header, int[][] passes) {
    long bitsPerPixel = (long) header.bitDepth() * header.components();
    long bytes = 0;
    for (int[] pass : passes) {
      long columns = count(header.width(), pass[0], pass[2]);
      long rows = count(header.height(), pass[1], pass[3]);
      if (columns > 0) {
        bytes += rows * (1 + (columns * bitsPerPixel + 7) / 8);
      }
    }
    return bytes;
  }

  private static long count(int size, int first, int distance) {
    return size <= first ? 0 : (size - first + distance - 1L) / distance;
  }
}
