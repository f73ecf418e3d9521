package tributary.datasets.shard;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import tributary.datasets.Checks;

/**
 * The header of one tar member, in the ustar format of POSIX.1-1988.
 *
 * <pre>
 * offset  bytes  field
 *      0    100  name, UTF-8, ended by NUL if shorter
 *    100      8  mode, octal digits; always 0000644
 *    108      8  user id; always 0
 *    116      8  group id; always 0
 *    124     12  size of the content, octal digits
 *    136     12  modification time, seconds; always 0
 *    148      8  checksum: sum of the header's bytes with this field as spaces
 *    156      1  type: '0' or NUL is a regular file
 *    257      6  "ustar" and NUL
 *    263      2  version "00"
 * </pre>
 *
 * <p>All other bytes are zero, so the header is a function of name and size. The content follows,
 * padded with zeros to a multiple of {@value #BLOCK} bytes.
 *
 * @param name of the member, at most {@value #NAME_BYTES} bytes; data, never a path to write to
 * @param size bytes of content
 */
record TarHeader(String name, int size) {
  static final int BLOCK = 512;
  private static final int NAME_BYTES = 100;
  private static final int SIZE_AT = 124;
  private static final int SIZE_DIGITS = 11;
  private static final int CHECKSUM_AT = 148;
  private static final int CHECKSUM_BYTES = 8;
  private static final int TYPE_AT = 156;
  private static final int MAGIC_AT = 257;

  /** {@code bytes} rounded up to whole blocks. */
  static long padded(long bytes) {
    return (bytes + BLOCK - 1) / BLOCK * BLOCK;
  }

  byte[] encode() {
    byte[] utf8 = name.getBytes(StandardCharsets.UTF_8);
    Checks.argument(
        utf8.length <= NAME_BYTES,
        "tar member name must have at most %d bytes, got '%s'",
        NAME_BYTES,
        name);
    byte[] header = new byte[BLOCK];
    System.arraycopy(utf8, 0, header, 0, utf8.length);
    put(header, 100, "0000644");
    put(header, 108, "0000000");
    put(header, 116, "0000000");
    put(header, SIZE_AT, Checks.format("%011o", size));
    put(header, 136, "00000000000");
    header[TYPE_AT] = '0';
    put(header, MAGIC_AT, "ustar");
    put(header, 263, "00");
    put(header, CHECKSUM_AT, Checks.format("%06o\0 ", checksum(header, 0)));
    return header;
  }

  /**
   * Reads the header at byte {@code at} of {@code tar}.
   *
   * @throws CorruptShardException if there is no regular file's header; says what is wrong, the
   *     caller adds where
   */
  static TarHeader parse(byte[] tar, int at) throws CorruptShardException {
    if (at + BLOCK > tar.length) {
      throw new CorruptShardException("a tar header ends beyond the example");
    }
    long stored = octal(tar, at + CHECKSUM_AT, CHECKSUM_BYTES);
    long computed = checksum(tar, at);
    if (stored != computed) {
      throw new CorruptShardException(
          Checks.format("tar header checksum: expected %d, found %d", stored, computed));
    }
    byte type = tar[at + TYPE_AT];
    if (type != '0' && type != 0) {
      throw new CorruptShardException(
          Checks.format("tar member type: expected a regular file, found code %d", type));
    }
    long size = octal(tar, at + SIZE_AT, SIZE_DIGITS + 1);
    if (at + BLOCK + padded(size) > tar.length) {
      throw new CorruptShardException(
          Checks.format("a tar member of %d bytes ends beyond the example", size));
    }
    int end = at;
    while (end < at + NAME_BYTES && tar[end] != 0) {
      end++;
    }
    return new TarHeader(new String(tar, at, end - at, StandardCharsets.UTF_8), (int) size);
  }

  private static void put(byte[] header, int at, String ascii) {
    byte[] bytes = ascii.getBytes(StandardCharsets.US_ASCII);
    System.arraycopy(bytes, 0, header, at, bytes.length);
  }

  private static int checksum(byte[] tar, int at) {
    byte[] header = Arrays.copyOfRange(tar, at, at + BLOCK);
    Arrays.fill(header, CHECKSUM_AT, CHECKSUM_AT + CHECKSUM_BYTES, (byte) ' ');
    int sum = 0;
    for (byte b : header) {
      sum += b & 0xff;
    }
    return sum;
  }

  private static long octal(byte[] tar, int at, int bytes) throws CorruptShardException {
    String digits = new String(tar, at, bytes, StandardCharsets.ISO_8859_1);
    int end = digits.indexOf('\0');
    String trimmed = (end < 0 ? digits : digits.substring(0, end)).strip();
    if (!trimmed.matches("[0-7]{1,12}")) {
      throw new CorruptShardException("tar header number: expected octal digits, found others");
    }
    return Long.parseLong(trimmed, 8);
  }
}
