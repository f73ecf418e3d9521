package tributary.datasets.shard;

import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.DigestOutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import tributary.datasets.Checks;
import tributary.datasets.Sha256;
import tributary.datasets.Storage;

/**
 * Writes one shard: a tar and its index. Not safe for several threads.
 *
 * <p>The bytes are a function of the examples and their order alone. Both files are written under
 * {@code .tmp-} names and renamed by {@link #finish}, the tar first; twins that write the same
 * shard at once replace it by the same bytes.
 */
public final class ShardWriter implements Closeable {
  private static final int END_BLOCKS = 2;

  private final FileSystem fs;
  private final Path directory;
  private final String name;
  private final Path temporary;
  private final FSDataOutputStream file;
  private final DigestOutputStream tar;
  private final List<ShardIndex.Entry> entries = new ArrayList<>();
  private long offset;

  /**
   * Starts a shard; makes missing folders.
   *
   * @param name file name without extension, for example {@code train-00042}
   */
  public ShardWriter(FileSystem fs, Path directory, String name) throws IOException {
    ShardInfo.checkName(name);
    this.fs = fs;
    this.directory = directory;
    this.name = name;
    this.temporary = Storage.temporarySibling(new Path(directory, name + ".tar"));
    this.file = fs.create(temporary, /* overwrite= */ false);
    this.tar = new DigestOutputStream(file, Sha256.digest());
  }

  /**
   * Appends an example; its files are written in the order of their extensions.
   *
   * @param label class index for the index, or -1 for none; equal to the example's {@code cls}
   *     field where it has one
   */
  public void add(Example example, int label) throws IOException {
    checkLabel(example, label);
    byte[] region = members(example);
    entries.add(
        new ShardIndex.Entry(
            example.key(), offset, region.length, label, ShardIndex.crc32c(region, region.length)));
    tar.write(region);
    offset += region.length;
  }

  /** Ends the tar, writes the index and gives both their names. */
  public ShardInfo finish() throws IOException {
    tar.write(new byte[END_BLOCKS * TarHeader.BLOCK]);
    long bytes = offset + END_BLOCKS * TarHeader.BLOCK;
    file.hsync();
    file.close();
    String sha256 = Sha256.hex(tar.getMessageDigest().digest());
    ShardInfo shard = new ShardInfo(name, bytes, entries.size(), sha256);
    Storage.replace(fs, temporary, new Path(directory, shard.tarName()));
    Storage.writeAtomically(
        fs, new Path(directory, shard.indexName()), ShardIndex.encode(sha256, entries));
    return shard;
  }

  /** Removes what {@link #finish} has not committed. */
  @Override
  public void close() throws IOException {
    try {
      file.close();
    } finally {
      fs.delete(temporary, /* recursive= */ false);
    }
  }

  private static void checkLabel(Example example, int label) {
    byte[] field = example.fields().get(Example.LABEL_FIELD);
    String written = field == null ? null : new String(field, StandardCharsets.US_ASCII);
    Checks.argument(
        label >= -1 && (written == null || written.equals(Integer.toString(label))),
        "example %s: label %d for the index, but its cls field is %s",
        example.key(),
        label,
        written);
  }

  private static byte[] members(Example example) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (Map.Entry<String, byte[]> field : example.fields().entrySet()) {
      byte[] content = field.getValue();
      String member = example.key() + "." + field.getKey();
      out.writeBytes(new TarHeader(member, content.length).encode());
      out.writeBytes(content);
      out.writeBytes(new byte[(int) (TarHeader.padded(content.length) - content.length)]);
    }
    return out.toByteArray();
  }
}
