package tributary.datasets.source;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import tributary.datasets.DataException;

/**
 * One header block of a tar, of any of the dialects in use: v7, POSIX ustar, GNU.
 *
 * <pre>
 * offset  bytes  field
 *      0    100  name, ended by NUL if shorter
 *    124     12  size: octal digits, or 0x80 and a big-endian number
 *    148      8  checksum: sum of the block's bytes with this field as spaces
 *    156      1  type
 *    257      6  "ustar" and NUL in POSIX' dialect, which alone has a prefix
 *    345    155  prefix of the name, up to a slash that is not written
 * </pre>
 */
final class TarBlock {
  /** Bytes of a block; members are padded to whole ones. */
  static final int BYTES = 512;

  private static final int SIZE_AT = 124;
  private static final int SIZE_BYTES = 12;
  private static final int CHECKSUM_AT = 148;
  private static final int CHECKSUM_BYTES = 8;
  private static final int TYPE_AT = 156;
  private static final int MAGIC_AT = 257;
  private static final int PREFIX_AT = 345;
  private static final int PREFIX_BYTES = 155;

  private final byte[] block;

  private TarBlock(byte[] block) {
    this.block = block;
  }

  /**
   * The block at a place.
   *
   * @throws DataException if its checksum is wrong: it is no header, or a damaged one
   */
  static TarBlock read(Stretch in, long position) throws IOException {
    TarBlock header = new TarBlock(in.read(position, BYTES));
    if (!header.isZero() && !header.hasChecksum()) {
      throw new DataException(
          "Bad tar: expected a member's header at "
              + in.at(position)
              + ", found a wrong checksum; it is no tar, or a damaged one");
    }
    return header;
  }

  /** Whether all bytes are zero, as in the two blocks that end an archive. */
  boolean isZero() {
    return Arrays.equals(block, new byte[BYTES]);
  }

  /** The code of the member's type, {@code '0'} for the old code 0 of regular files. */
  char type() {
    return block[TYPE_AT] == 0 ? '0' : (char) (block[TYPE_AT] & 0xff);
  }

  /** Name with folders, as it is written: never a path to go to. */
  String name() {
    String name = text(0, 100);
    boolean isPosix = new String(block, MAGIC_AT, 6, StandardCharsets.ISO_8859_1).equals("ustar\0");
    String prefix = isPosix ? text(PREFIX_AT, PREFIX_BYTES) : "";
    return prefix.isEmpty() ? name : prefix + "/" + name;
  }

  /** Bytes of the member's content; negative if no number is written there. */
  long size() {
    if ((block[SIZE_AT] & 0x80) == 0) {
      return octal(SIZE_AT, SIZE_BYTES);
    }
    // 0x80, then a number of 88 bits, of which the upper 25 must not be set.
    long size = block[SIZE_AT] & 0x7f;
    for (int i = SIZE_AT + 1; i < SIZE_AT + SIZE_BYTES; i++) {
      if (size > Long.MAX_VALUE >> 8) {
        return -1;
      }
      size = (size << 8) | (block[i] & 0xff);
    }
    return size;
  }

  /** Old tars have summed signed bytes. */
  private boolean hasChecksum() {
    long unsigned = 0;
    long signed = 0;
    for (int i = 0; i < BYTES; i++) {
      boolean own = i >= CHECKSUM_AT && i < CHECKSUM_AT + CHECKSUM_BYTES;
      unsigned += own ? ' ' : block[i] & 0xff;
      signed += own ? ' ' : block[i];
    }
    long stored = octal(CHECKSUM_AT, CHECKSUM_BYTES);
    return stored == unsigned || stored == signed;
  }

  /** Octal digits, with spaces before and a NUL or space behind; negative if there are others. */
  private long octal(int at, int bytes) {
    String digits = new String(block, at, bytes, StandardCharsets.ISO_8859_1);
    int end = digits.indexOf('\0');
    String trimmed = (end < 0 ? digits : digits.substring(0, end)).strip();
    return trimmed.matches("[0-7]{1,12}") ? Long.parseLong(trimmed, 8) : -1;
  }

  private String text(int at, int bytes) {
    int end = at;
    while (end < at + bytes && block[end] != 0) {
      end++;
    }
    return new String(block, at, end - at, StandardCharsets.UTF_8);
  }
}
