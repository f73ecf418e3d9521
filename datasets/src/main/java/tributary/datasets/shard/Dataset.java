package tributary.datasets.shard;

import java.io.Closeable;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RawLocalFileSystem;
import org.apache.hadoop.security.AccessControlException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tributary.datasets.Checks;
import tributary.datasets.DataException;
import tributary.datasets.Sha256;
import tributary.datasets.Storage;
import tributary.datasets.image.BadImageException;
import tributary.datasets.image.MeanImage;

/**
 * A packed dataset: a folder of shards with its manifest. Safe for several threads.
 *
 * <p>At most {@value #MAX_OPEN_SHARDS} shards stay open, besides those being read; the one unused
 * for longest is closed first.
 */
public final class Dataset implements Closeable {
  private static final int MAX_OPEN_SHARDS = 64;

  private static final Logger LOG = LoggerFactory.getLogger(Dataset.class);

  private final FileSystem fs;
  private final Path directory;

  /** Null if shards are always read from where they lie. */
  private final ShardCache cache;

  private final Manifest manifest;
  private final String digest;
  private final Map<String, long[]> firstNumbers = new HashMap<>();

  /** Open shards by name, the one unused for longest first. Guarded by {@code this}. */
  private final LinkedHashMap<String, Lease> open = new LinkedHashMap<>(16, 0.75f, true);

  /** The readers of those shards, for whoever must not wait for a shard that is being opened. */
  private final Map<String, ShardReader> readers = new ConcurrentHashMap<>();

  /** Null until it is asked for. Guarded by {@code this}. */
  private MeanImage meanImage;

  /** By split, once they are asked for. Guarded by {@code this}. */
  private final Map<String, int[]> tokenCounts = new HashMap<>();

  private Dataset(FileSystem fs, Path directory, ShardCache cache, byte[] json) throws IOException {
    this.fs = fs;
    this.directory = directory;
    this.cache = fs instanceof RawLocalFileSystem ? null : cache;
    this.manifest = Manifest.fromJson(json, new Path(directory, Manifest.FILE_NAME).toString());
    this.digest = Sha256.hexOf(json);
    for (String split : manifest.splits().keySet()) {
      firstNumbers.put(split, firstNumbers(manifest.examplesPerShard(split)));
    }
  }

  /**
   * Opens a dataset and reads its manifest.
   *
   * @param uri folder, for example {@code file:/data/fashion} or {@code hdfs://host/data/fashion}
   * @throws MissingDatasetException if there is no manifest, or none that may be read
   */
  public static Dataset open(String uri, Configuration conf) throws IOException {
    return open(uri, conf, null);
  }

  /**
   * The same; shards of a remote dataset are read from copies as soon as there are some.
   *
   * @param cache of copies; null for none
   */
  public static Dataset open(String uri, Configuration conf, ShardCache cache) throws IOException {
    Path directory = new Path(uri);
    FileSystem fs = Storage.fileSystem(directory, conf);
    Path manifest = new Path(directory, Manifest.FILE_NAME);
    byte[] json;
    try {
      json = Storage.readAll(fs, manifest);
    } catch (FileNotFoundException | AccessControlException e) {
      throw MissingDatasetException.unreadable(manifest, e);
    }
    return new Dataset(fs, directory, cache, json);
  }

  /** The dataset's folder, with scheme and whole path, so that it means the same on any host. */
  public String uri() {
    return fs.makeQualified(directory).toString();
  }

  /** What the dataset holds. */
  public Manifest manifest() {
    return manifest;
  }

  /** SHA-256 of the manifest's bytes, 64 hexadecimal digits: names the data to the bit. */
  public String digest() {
    return digest;
  }

  /** What a model trained on this dataset must remember of it. */
  public DatasetProfile profile() {
    return new DatasetProfile(
        digest,
        manifest.classes(),
        manifest.images() == null ? null : manifest.images().statistics(),
        /* meanImage= */ null,
        manifest.text());
  }

  /**
   * The mean of the train split's images, pixel by pixel; read once.
   *
   * @throws DataException if there is none, or the file is not what the manifest says
   */
  public synchronized MeanImage meanImage() throws IOException {
    if (meanImage == null) {
      meanImage = readMeanImage();
    }
    return meanImage;
  }

  private MeanImage readMeanImage() throws IOException {
    Images images = manifest.images();
    if (images == null || images.meanImage() == null) {
      throw new DataException(
          "The dataset "
              + directory
              + " has no mean image: deploy/tributary pack makes one of a training split whose"
              + " images all have one size, if they are not huge; pack it again, or subtract the"
              + " mean per channel (input.mean: channel)");
    }
    byte[] png = readListed(Images.MEAN_FILE, "mean image", images.meanImage());
    try {
      return MeanImage.ofPng(png);
    } catch (BadImageException e) {
      throw new DataException(
          Checks.format(
              "Bad mean image %s: %s; pack the dataset again",
              new Path(directory, Images.MEAN_FILE), e.getMessage()),
          e);
    }
  }

  /**
   * How many tokens each example of a split of text has, in manifest order; read once, not copied.
   *
   * @throws DataException if that was not counted, or the file is not what the manifest says
   */
  public synchronized int[] tokenCounts(String split) throws IOException {
    int[] counts = tokenCounts.get(split);
    if (counts == null) {
      counts = readTokenCounts(split);
      tokenCounts.put(split, counts);
    }
    return counts;
  }

  private int[] readTokenCounts(String split) throws IOException {
    long examples = manifest.examples(split);
    Text.Lengths expected = manifest.text() == null ? null : manifest.text().lengths().get(split);
    if (expected == null) {
      throw new DataException(
          Checks.format(
              "The dataset %s does not tell how long the texts of split %s are; pack it again",
              uri(), split));
    }
    byte[] bytes = readListed(TokenCountsFile.name(split), "file of lengths", expected.sha256());
    return TokenCountsFile.decode(
        bytes, new Path(directory, TokenCountsFile.name(split)).toString(), examples);
  }

  /** The bytes of a file that the manifest names by its digest. */
  private byte[] readListed(String name, String what, String expected) throws IOException {
    Path file = new Path(directory, name);
    try {
      byte[] bytes = Storage.readAll(fs, file);
      String found = Sha256.hexOf(bytes);
      if (!found.equals(expected)) {
        throw new DataException(
            Checks.format(
                "Corrupt %s %s: SHA-256 expected %s, found %s; pack the dataset again",
                what, file, expected, found));
      }
      return bytes;
    } catch (FileNotFoundException | AccessControlException e) {
      throw MissingDatasetException.unreadable(file, e);
    }
  }

  /**
   * Reads one example.
   *
   * @param number {@code 0..manifest().examples(split)-1}, global in the split, in manifest order
   * @throws CorruptShardException if the shard is damaged
   */
  public LabelledExample read(String split, long number) throws IOException {
    return read(split, number, 1).get(0);
  }

  /**
   * Reads examples with consecutive numbers at once.
   *
   * @param number of the first, as for {@link #read(String, long)}
   * @param most examples, at least 1
   * @return the first, and as many of the next as one read of a few megabytes brings: those of
   *     other shards, or behind a damaged one, are not among them
   * @throws CorruptShardException if the shard is damaged where the first lies
   */
  public List<LabelledExample> read(String split, long number, int most) throws IOException {
    Checks.argument(most >= 1, "examples to read must be >= 1, got %d", most);
    long[] first = firstNumbers.get(split);
    int position = shardHolding(split, number);
    ShardInfo shard = manifest.shards(split).get(position);
    return read(shard, first[position], (int) (number - first[position]), most);
  }

  /**
   * The key of an example, if its shard is open: nothing is read, and nothing waited for.
   *
   * @param number {@code 0..manifest().examples(split)-1}, global in the split, in manifest order
   */
  public Optional<String> keyIfOpen(String split, long number) throws MissingDatasetException {
    int position = shardHolding(split, number);
    return Optional.ofNullable(readers.get(manifest.shards(split).get(position).name()))
        .map(reader -> reader.key((int) (number - firstNumbers.get(split)[position])));
  }

  /**
   * How many examples of a split have each class, by class index; read from the shards' indexes.
   *
   * @throws CorruptShardException if an index names a class that the manifest does not
   */
  public long[] examplesPerClass(String split) throws IOException {
    long[] counts = new long[manifest.classes().size()];
    for (ShardInfo shard : manifest.shards(split)) {
      Lease lease = acquire(shard);
      try {
        for (int i = 0; i < lease.reader.examples(); i++) {
          int label = lease.reader.label(i);
          if (label >= counts.length) {
            throw new CorruptShardException(
                Checks.format(
                    "Corrupt index of %s: label of example %d: expected at most %d, found %d",
                    shard.tarName(), i, counts.length - 1, label));
          } else if (label >= 0) {
            counts[label]++;
          }
        }
      } finally {
        release(lease);
      }
    }
    return counts;
  }

  /**
   * Reads every shard in full and compares it with the manifest.
   *
   * @throws CorruptShardException at the first difference
   */
  public void verify() throws IOException {
    if (manifest.images() != null && manifest.images().meanImage() != null) {
      readMeanImage();
    }
    if (manifest.text() != null) {
      for (String split : manifest.text().lengths().keySet()) {
        readTokenCounts(split);
      }
    }
    for (List<ShardInfo> shards : manifest.splits().values()) {
      for (ShardInfo shard : shards) {
        ShardReader.verify(fs, directory, shard);
      }
    }
  }

  /** Closes the open shards; a read under way ends first. */
  @Override
  public synchronized void close() throws IOException {
    for (Lease lease : new ArrayList<>(open.values())) {
      retire(lease);
    }
  }

  private List<LabelledExample> read(ShardInfo shard, long first, int index, int most)
      throws IOException {
    Lease lease = acquire(shard);
    try {
      ShardReader reader = lease.reader;
      List<LabelledExample> labelled = new ArrayList<>();
      for (Example example : reader.read(index, most)) {
        int at = index + labelled.size();
        labelled.add(
            new LabelledExample(
                first + at, example, reader.label(at), shard.tarName(), reader.offset(at)));
      }
      return labelled;
    } catch (CorruptShardException e) {
      if (lease.copy == null) {
        throw e;
      }
      LOG.warn("The copy of a shard is damaged; it is removed: {}", e.getMessage());
      Files.deleteIfExists(lease.copy);
      synchronized (this) {
        retire(lease);
      }
    } catch (ClosedChannelException e) {
      // The interrupt of any one thread closes the local file for all: the others open it again.
      synchronized (this) {
        retire(lease);
      }
      if (Thread.currentThread().isInterrupted()) {
        throw e;
      }
    } finally {
      release(lease);
    }
    return read(shard, first, index, most);
  }

  private synchronized Lease acquire(ShardInfo shard) throws IOException {
    Lease lease = open.get(shard.name());
    if (lease == null) {
      java.nio.file.Path copy = copyOf(shard);
      lease = new Lease(shard.name(), ShardReader.open(fs, directory, shard, copy), copy);
      open.put(shard.name(), lease);
      readers.put(shard.name(), lease.reader);
      if (open.size() > MAX_OPEN_SHARDS) {
        retire(open.values().iterator().next());
      }
    }
    lease.users++;
    return lease;
  }

  /** When there is one at last, the shard is opened anew. */
  private java.nio.file.Path copyOf(ShardInfo shard) {
    return cache == null
        ? null
        : cache.copyOf(shard, fs, new Path(directory, shard.tarName()), () -> reopen(shard));
  }

  private synchronized void reopen(ShardInfo shard) {
    Lease lease = open.get(shard.name());
    if (lease != null) {
      try {
        retire(lease);
      } catch (IOException e) {
        LOG.warn("Cannot close shard {}, of which there is a copy now", shard.name(), e);
      }
    }
  }

  private synchronized void release(Lease lease) throws IOException {
    lease.users--;
    lease.closeIfUnused();
  }

  private void retire(Lease lease) throws IOException {
    open.remove(lease.shard, lease);
    readers.remove(lease.shard, lease.reader);
    lease.retired = true;
    lease.closeIfUnused();
  }

  private static long[] firstNumbers(int[] examplesPerShard) {
    long[] first = new long[examplesPerShard.length + 1];
    for (int i = 0; i < examplesPerShard.length; i++) {
      first[i + 1] = first[i] + examplesPerShard[i];
    }
    return first;
  }

  /** The last shard whose first number is not above {@code number}: empty shards hold nothing. */
  private int shardHolding(String split, long number) throws MissingDatasetException {
    long[] first = firstNumbers.get(split);
    int low = 0;
    int high = manifest.shards(split).size();
    Checks.argument(
        number >= 0 && number < first[high],
        "example number of split %s must be in 0..%d, got %d",
        split,
        first[high] - 1,
        number);
    while (high - low > 1) {
      int middle = (low + high) >>> 1;
      if (first[middle] <= number) {
        low = middle;
      } else {
        high = middle;
      }
    }
    return low;
  }

  /** An open shard and how many threads read it; closed when retired and unused. */
  private static final class Lease {
    final String shard;
    final ShardReader reader;

    /** Null if the shard is read from where it lies. */
    final java.nio.file.Path copy;

    int users;
    boolean retired;

    Lease(String shard, ShardReader reader, java.nio.file.Path copy) {
      this.shard = shard;
      this.reader = reader;
      this.copy = copy;
    }

    void closeIfUnused() throws IOException {
      if (retired && users == 0) {
        reader.close();
      }
    }
  }
}
