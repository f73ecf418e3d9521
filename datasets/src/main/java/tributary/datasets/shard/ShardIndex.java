package tributary.datasets.shard;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import java.util.zip.CRC32C;
import tributary.datasets.Checks;

/**
 * The index of one shard, {@code train-00042.idx}: where each example of the tar lies.
 *
 * <p>Big-endian throughout, {@code n} = examples:
 *
 * <pre>
 * offset       type      field
 *      0       int       magic, always 0x54524958 ("TRIX")
 *      4       int       version, always {@value #VERSION}
 *      8       int       examples
 *     12       byte[32]  SHA-256 of the tar that this index belongs to
 *     44       n times, {@value #ENTRY_BYTES} bytes each:
 *                long    offset of the example's first tar header
 *                int     length of its members with headers and padding
 *                int     label, the class index, or -1
 *                int     CRC32C of those bytes of the tar
 *     44+20n   n times:
 *                short   length of the key in bytes, unsigned
 *                byte[]  key, UTF-8
 *    end-4     int       CRC32C of all bytes before
 * </pre>
 */
final class ShardIndex {
  private static final int MAGIC = 0x54524958;
  private static final int VERSION = 1;
  private static final int SHA256_BYTES = 32;
  private static final int ENTRIES_AT = 12 + SHA256_BYTES;
  private static final int ENTRY_BYTES = 20;
  private static final int CHECKSUM_BYTES = 4;

  private final ByteBuffer bytes;
  private final int[] keyAt;

  private ShardIndex(ByteBuffer bytes, int[] keyAt) {
    this.bytes = bytes;
    this.keyAt = keyAt;
  }

  /** What the index says of one example. */
  record Entry(String key, long offset, int length, int label, int crc32c) {}

  static byte[] encode(String tarSha256, List<Entry> entries) {
    List<byte[]> keys =
        entries.stream().map(entry -> entry.key().getBytes(StandardCharsets.UTF_8)).toList();
    int keyBytes = keys.stream().mapToInt(key -> Short.BYTES + key.length).sum();
    ByteBuffer out =
        ByteBuffer.allocate(ENTRIES_AT + ENTRY_BYTES * entries.size() + keyBytes + CHECKSUM_BYTES);
    out.putInt(MAGIC).putInt(VERSION).putInt(entries.size());
    out.put(HexFormat.of().parseHex(tarSha256));
    for (Entry entry : entries) {
      out.putLong(entry.offset()).putInt(entry.length());
      out.putInt(entry.label()).putInt(entry.crc32c());
    }
    for (byte[] key : keys) {
      out.putShort((short) key.length).put(key);
    }
    out.putInt(crc32c(out.array(), out.position()));
    return out.array();
  }

  /**
   * Reads and checks an index.
   *
   * @throws CorruptShardException if it is damaged, or the index of another tar than {@code shard}
   */
  static ShardIndex decode(byte[] file, ShardInfo shard) throws CorruptShardException {
    if (file.length < ENTRIES_AT + CHECKSUM_BYTES) {
      throw corrupt(
          shard,
          "length: expected at least %d, found %d",
          ENTRIES_AT + CHECKSUM_BYTES,
          file.length);
    }
    ByteBuffer in = ByteBuffer.wrap(file);
    expect(shard, "magic number at byte 0", MAGIC, in.getInt());
    expect(shard, "version at byte 4", VERSION, in.getInt());
    int checksumAt = file.length - CHECKSUM_BYTES;
    expect(shard, "CRC32C at byte " + checksumAt, in.getInt(checksumAt), crc32c(file, checksumAt));
    String sha256 = HexFormat.of().formatHex(file, 12, ENTRIES_AT);
    if (!sha256.equals(shard.sha256())) {
      throw corrupt(
          shard,
          "belongs to another tar: SHA-256 at byte 12: expected %s, found %s",
          shard.sha256(),
          sha256);
    }
    int examples = in.getInt();
    if (examples != shard.examples()) {
      throw corrupt(shard, "examples at byte 8: expected %d, found %d", shard.examples(), examples);
    }
    long keysAt = ENTRIES_AT + (long) ENTRY_BYTES * examples;
    if (keysAt > checksumAt) {
      throw corrupt(
          shard,
          "length: expected at least %d for %d examples, found %d",
          keysAt,
          examples,
          file.length);
    }
    checkEntries(in, shard, (int) keysAt);
    return new ShardIndex(in, keyPositions(in, shard, (int) keysAt, checksumAt));
  }

  int examples() {
    return keyAt.length;
  }

  Entry entry(int index) {
    Checks.argument(
        index >= 0 && index < keyAt.length,
        "example index must be in 0..%d, got %d",
        keyAt.length - 1,
        index);
    int at = ENTRIES_AT + index * ENTRY_BYTES;
    int key = keyAt[index];
    return new Entry(
        StandardCharsets.UTF_8
            .decode(bytes.slice(key + Short.BYTES, keyLength(bytes, key)))
            .toString(),
        bytes.getLong(at),
        bytes.getInt(at + 8),
        bytes.getInt(at + 12),
        bytes.getInt(at + 16));
  }

  private static void checkEntries(ByteBuffer in, ShardInfo shard, int keysAt)
      throws CorruptShardException {
    for (int at = ENTRIES_AT; at < keysAt; at += ENTRY_BYTES) {
      long offset = in.getLong(at);
      int length = in.getInt(at + 8);
      int label = in.getInt(at + 12);
      if (offset < 0 || length < 1 || offset > shard.bytes() - length || label < -1) {
        throw corrupt(
            shard,
            "entry at byte %d: expected a part of the tar's %d bytes and a label of at least -1,"
                + " found %d bytes at %d and label %d",
            at,
            shard.bytes(),
            length,
            offset,
            label);
      }
    }
  }

  private static int[] keyPositions(ByteBuffer in, ShardInfo shard, int keysAt, int end)
      throws CorruptShardException {
    int[] positions = new int[shard.examples()];
    int at = keysAt;
    for (int i = 0; i < positions.length; i++) {
      positions[i] = at;
      at = at + Short.BYTES > end ? end + 1 : at + Short.BYTES + keyLength(in, at);
      if (at > end) {
        throw corrupt(shard, "key %d ends beyond byte %d", i, end);
      }
    }
    return positions;
  }

  private static int keyLength(ByteBuffer in, int at) {
    return Short.toUnsignedInt(in.getShort(at));
  }

  static int crc32c(byte[] bytes, int length) {
    CRC32C crc = new CRC32C();
    crc.update(bytes, 0, length);
    return (int) crc.getValue();
  }

  private static void expect(ShardInfo shard, String what, int expected, int found)
      throws CorruptShardException {
    if (found != expected) {
      throw corrupt(shard, "%s: expected 0x%08x, found 0x%08x", what, expected, found);
    }
  }

  private static CorruptShardException corrupt(ShardInfo shard, String format, Object... values) {
    return new CorruptShardException(
        "Corrupt index " + shard.indexName() + ": " + Checks.format(format, values));
  }
}
