package tributary.datasets.shard;

import java.io.Closeable;
import java.io.EOFException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.security.DigestInputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.security.AccessControlException;
import tributary.datasets.Checks;
import tributary.datasets.Sha256;
import tributary.datasets.Storage;

/**
 * Random access to the examples of one shard. Safe for several threads: every read names its
 * position, and the index does not change.
 */
public final class ShardReader implements Closeable {
  /** The most that one read of several examples fetches. */
  static final int RUN_BYTES = 1 << 22;

  private static final int COPY_BYTES = 1 << 16;

  private final ShardInfo shard;
  private final ShardIndex index;
  private final FSDataInputStream tar;

  private ShardReader(ShardInfo shard, ShardIndex index, FSDataInputStream tar) {
    this.shard = shard;
    this.index = index;
    this.tar = tar;
  }

  /**
   * Opens a shard and checks its index and the tar's length.
   *
   * @throws MissingDatasetException if a file of the shard is not there
   * @throws CorruptShardException if the index is damaged or another tar's, or the tar is cut
   */
  public static ShardReader open(FileSystem fs, Path directory, ShardInfo shard)
      throws IOException {
    return open(fs, directory, shard, null);
  }

  /**
   * The same, but with the tar's bytes from elsewhere.
   *
   * @param copy of the tar on a local disk; null for none
   */
  static ShardReader open(FileSystem fs, Path directory, ShardInfo shard, java.nio.file.Path copy)
      throws IOException {
    Path tar = new Path(directory, shard.tarName());
    try {
      byte[] bytes = Storage.readAll(fs, new Path(directory, shard.indexName()));
      ShardIndex index = ShardIndex.decode(bytes, shard);
      checkLength(shard, index, fs.getFileStatus(tar).getLen());
      return new ShardReader(
          shard, index, copy == null ? fs.open(tar) : openLocally(copy, fs.getConf()));
    } catch (FileNotFoundException | AccessControlException e) {
      throw MissingDatasetException.unreadable(tar, e);
    }
  }

  private static FSDataInputStream openLocally(java.nio.file.Path copy, Configuration conf)
      throws IOException {
    Path path = new Path(copy.toUri());
    return Storage.fileSystem(path, conf).open(path);
  }

  /** Number of examples. */
  public int examples() {
    return index.examples();
  }

  /** Key of example {@code number}, {@code 0..examples()-1}. */
  public String key(int number) {
    return index.entry(number).key();
  }

  /** Class index of example {@code number}, or -1. */
  public int label(int number) {
    return index.entry(number).label();
  }

  /** Byte of the tar where example {@code number} starts. */
  public long offset(int number) {
    return index.entry(number).offset();
  }

  /**
   * Reads one example with one positioned read.
   *
   * @param number {@code 0..examples()-1}
   * @throws CorruptShardException if the bytes are not those that were written
   */
  public Example read(int number) throws IOException {
    ShardIndex.Entry entry = index.entry(number);
    byte[] region = new byte[entry.length()];
    try {
      Storage.readFully(tar, entry.offset(), region);
    } catch (EOFException e) {
      throw corrupt(entry, Checks.format("expected %d bytes, the tar ends before", region.length));
    }
    return example(entry, region);
  }

  /**
   * Reads examples that follow each other with one positioned read.
   *
   * @param first {@code 0..examples()-1}
   * @param most examples, at least 1
   * @return the first, and of those after it as many as lie behind it without a gap, are whole, and
   *     come to {@value #RUN_BYTES} bytes at most; one that is damaged is told when it is the first
   * @throws CorruptShardException if the bytes of the first are not those that were written
   */
  List<Example> read(int first, int most) throws IOException {
    List<ShardIndex.Entry> run = run(first, most);
    if (run.size() == 1) {
      return List.of(read(first));
    }
    long start = run.get(0).offset();
    ShardIndex.Entry last = run.get(run.size() - 1);
    byte[] bytes = new byte[(int) (last.offset() + last.length() - start)];
    try {
      Storage.readFully(tar, start, bytes);
    } catch (EOFException e) {
      return List.of(read(first)); // says where the tar ends, if it is here
    }
    List<Example> examples = new ArrayList<>();
    for (ShardIndex.Entry entry : run) {
      int from = (int) (entry.offset() - start);
      try {
        examples.add(example(entry, Arrays.copyOfRange(bytes, from, from + entry.length())));
      } catch (CorruptShardException e) {
        if (examples.isEmpty()) {
          throw e;
        }
        break;
      }
    }
    return examples;
  }

  private Example example(ShardIndex.Entry entry, byte[] region) throws CorruptShardException {
    int found = ShardIndex.crc32c(region, region.length);
    if (found != entry.crc32c()) {
      throw corrupt(
          entry, Checks.format("CRC32C: expected %08x, found %08x", entry.crc32c(), found));
    }
    try {
      return new Example(entry.key(), fields(entry.key(), region));
    } catch (CorruptShardException e) {
      throw corrupt(entry, e.getMessage());
    }
  }

  /** As many as follow each other without a gap, of {@value #RUN_BYTES} bytes; at least one. */
  private List<ShardIndex.Entry> run(int first, int most) {
    ShardIndex.Entry last = index.entry(first);
    long start = last.offset();
    List<ShardIndex.Entry> run = new ArrayList<>(List.of(last));
    int end = (int) Math.min(examples(), first + (long) most);
    for (int number = first + 1; number < end; number++) {
      ShardIndex.Entry next = index.entry(number);
      boolean follows = next.offset() == last.offset() + last.length();
      if (!follows || next.offset() + next.length() - start > RUN_BYTES) {
        break;
      }
      run.add(next);
      last = next;
    }
    return run;
  }

  @Override
  public void close() throws IOException {
    tar.close();
  }

  /**
   * Reads a whole tar and compares it with the manifest.
   *
   * @throws CorruptShardException if its SHA-256 differs, or {@link #open} finds a fault
   */
  public static void verify(FileSystem fs, Path directory, ShardInfo shard) throws IOException {
    try (ShardReader reader = open(fs, directory, shard);
        DigestInputStream in = new DigestInputStream(reader.tar, Sha256.digest())) {
      long bytes = drain(in);
      String found = Sha256.hex(in.getMessageDigest().digest());
      if (!found.equals(shard.sha256())) {
        throw new CorruptShardException(
            Checks.format(
                "Corrupt shard %s: SHA-256 of its %d bytes: expected %s, found %s%s",
                shard.tarName(), bytes, shard.sha256(), found, firstDamage(reader)));
      }
    }
  }

  private static long drain(InputStream in) throws IOException {
    byte[] buffer = new byte[COPY_BYTES];
    long bytes = 0;
    for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
      bytes += read;
    }
    return bytes;
  }

  private static String firstDamage(ShardReader reader) throws IOException {
    for (int i = 0; i < reader.examples(); i++) {
      try {
        reader.read(i);
      } catch (CorruptShardException e) {
        return "; first: " + e.getMessage();
      }
    }
    return "; no example is damaged";
  }

  private static void checkLength(ShardInfo shard, ShardIndex index, long found)
      throws CorruptShardException {
    if (found == shard.bytes()) {
      return;
    }
    String first = "no example is cut";
    for (int i = 0; i < index.examples(); i++) {
      ShardIndex.Entry entry = index.entry(i);
      if (entry.offset() + entry.length() > found) {
        first = "the first example cut is " + entry.key() + " at byte " + entry.offset();
        break;
      }
    }
    throw new CorruptShardException(
        Checks.format(
            "Corrupt shard %s: length: expected %d bytes, found %d; %s",
            shard.tarName(), shard.bytes(), found, first));
  }

  private static SortedMap<String, byte[]> fields(String key, byte[] region)
      throws CorruptShardException {
    SortedMap<String, byte[]> fields = new TreeMap<>();
    int at = 0;
    while (at < region.length) {
      TarHeader header = TarHeader.parse(region, at);
      if (!header.name().startsWith(key + ".")) {
        throw new CorruptShardException(
            Checks.format("tar member: expected name %s.*, found '%s'", key, header.name()));
      }
      int content = at + TarHeader.BLOCK;
      fields.put(
          header.name().substring(key.length() + 1),
          Arrays.copyOfRange(region, content, content + header.size()));
      at = content + (int) TarHeader.padded(header.size());
    }
    return fields;
  }

  private CorruptShardException corrupt(ShardIndex.Entry entry, String reason) {
    return new CorruptShardException(
        Checks.format(
            "Corrupt shard %s: example %s at byte %d: %s",
            shard.tarName(), entry.key(), entry.offset(), reason));
  }
}
