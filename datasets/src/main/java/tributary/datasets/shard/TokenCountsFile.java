package tributary.datasets.shard;

import java.nio.ByteBuffer;
import tributary.datasets.Checks;

/**
 * The lengths of a split's texts, {@code train.tokens}: how many tokens of the dataset's vocabulary
 * each example has, in manifest order. With them an epoch's order is settled without reading text.
 *
 * <p>Big-endian throughout, {@code n} = examples:
 *
 * <pre>
 * offset  type   field
 *      0  int    magic, always 0x5452544b ("TRTK")
 *      4  int    version, always {@value #VERSION}
 *      8  int    examples
 *     12  int[n] tokens of each example, at least 0
 *  end-4  int    CRC32C of all bytes before
 * </pre>
 */
public final class TokenCountsFile {
  private static final int MAGIC = 0x5452544b;
  private static final int VERSION = 1;
  private static final int COUNTS_AT = 12;
  private static final int CHECKSUM_BYTES = 4;

  private TokenCountsFile() {}

  /** What the file of a split is called. */
  public static String name(String split) {
    return split + ".tokens";
  }

  /** The bytes of a file. */
  public static byte[] encode(int[] counts) {
    ByteBuffer out =
        ByteBuffer.allocate(
            Math.addExact(COUNTS_AT + CHECKSUM_BYTES, Math.multiplyExact(4, counts.length)));
    out.putInt(MAGIC).putInt(VERSION).putInt(counts.length);
    for (int count : counts) {
      out.putInt(count);
    }
    out.putInt(ShardIndex.crc32c(out.array(), out.position()));
    return out.array();
  }

  /**
   * Reads and checks a file.
   *
   * @param place of the file, for errors
   * @param examples that the split has
   * @throws CorruptShardException if it is damaged, or another split's
   */
  static int[] decode(byte[] file, String place, long examples) throws CorruptShardException {
    long expected = COUNTS_AT + CHECKSUM_BYTES + 4 * examples;
    require(file.length == expected, place, "length", expected, file.length);
    ByteBuffer in = ByteBuffer.wrap(file);
    int checksumAt = file.length - CHECKSUM_BYTES;
    int checksum = ShardIndex.crc32c(file, checksumAt);
    require(in.getInt(checksumAt) == checksum, place, "CRC32C", in.getInt(checksumAt), checksum);
    int magic = in.getInt();
    require(magic == MAGIC, place, "magic number at byte 0", MAGIC, magic);
    int version = in.getInt();
    require(version == VERSION, place, "version at byte 4", VERSION, version);
    int found = in.getInt();
    require(found == examples, place, "examples at byte 8", examples, found);
    int[] counts = new int[found];
    for (int i = 0; i < counts.length; i++) {
      counts[i] = in.getInt();
      require(counts[i] >= 0, place, "tokens of example " + i, "at least 0", counts[i]);
    }
    return counts;
  }

  private static void require(
      boolean holds, String place, String what, Object expected, Object found)
      throws CorruptShardException {
    if (!holds) {
      throw new CorruptShardException(
          Checks.format(
              "Corrupt file %s: %s: expected %s, found %s; pack the dataset again",
              place, what, expected, found));
    }
  }
}
