package tributary.datasets.shard;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FilterFileSystem;
import org.apache.hadoop.fs.RawLocalFileSystem;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tributary.datasets.testing.HandMade;

@Timeout(60)
class ShardCacheTest {
  private static final AtomicInteger REMOTE_READS = new AtomicInteger();
  private static final Duration DEADLINE = Duration.ofSeconds(30);

  @TempDir Path folder;

  private Path far;
  private Path copies;

  @BeforeEach
  void makeDataset() throws IOException {
    REMOTE_READS.set(0);
    far = folder.resolve("far");
    copies = folder.resolve("copies");
    HandMade.dataset(far, 30, 30, 30).close();
  }

  @Test
  void aShardIsReadFromItsCopyOnceThereIsOne() throws Exception {
    try (Dataset dataset = open(1 << 20)) {
      requireExample(dataset, 5);
      await(() -> names().size() == 1);
      requireExample(dataset, 6);
      int before = REMOTE_READS.get();
      for (int number = 0; number < 30; number++) {
        requireExample(dataset, number);
      }
      assertThat(REMOTE_READS).as("reads from afar").hasValue(before);
    }
    try (Dataset again = open(1 << 20)) {
      int before = REMOTE_READS.get();
      requireExample(again, 7);
      assertThat(REMOTE_READS).as("another process finds the copy").hasValue(before);
    }
  }

  @Test
  void theCopyUnusedForLongestGivesWay() throws Exception {
    long shard = Files.size(far.resolve("train-00000.tar"));
    try (Dataset dataset = open(2 * shard)) {
      for (int number : List.of(5, 35)) {
        requireExample(dataset, number);
        int copied = 1 + number / 30;
        await(() -> names().size() == copied);
      }
      List<String> both = names();
      requireExample(dataset, 65);
      await(() -> names().size() == 2 && !names().equals(both));
      requireExample(dataset, 65);
    }
    assertThat(bytes()).isLessThanOrEqualTo(2 * shard);
  }

  @Test
  void aShardThatDoesNotFitIsReadFromWhereItLies() throws Exception {
    try (Dataset dataset = open(100)) {
      for (int number = 0; number < 90; number++) {
        requireExample(dataset, number);
      }
    }
    assertThat(names()).isEmpty();
  }

  @Test
  void aDamagedCopyIsRemovedAndTheShardReadFromWhereItLies() throws Exception {
    try (Dataset dataset = open(1 << 20)) {
      requireExample(dataset, 5);
      await(() -> names().size() == 1);
    }
    Path copy = copies.resolve(names().get(0));
    byte[] bytes = Files.readAllBytes(copy);
    for (int at = 0; at < bytes.length; at += 100) {
      bytes[at] ^= 1;
    }
    Files.write(copy, bytes);

    try (Dataset dataset = open(1 << 20)) {
      for (int number = 0; number < 30; number++) {
        requireExample(dataset, number);
      }
    }
  }

  @Test
  void whatIsNotTheShardOfTheManifestIsNeverACopy() throws Exception {
    Path tar = far.resolve("train-00000.tar");
    byte[] bytes = Files.readAllBytes(tar);
    bytes[bytes.length - 1] ^= 1; // behind the last example
    Files.write(tar, bytes);
    try (Dataset dataset = open(1 << 20)) {
      requireExample(dataset, 5);
      requireExample(dataset, 35);
      await(() -> names().size() == 1);
      requireExample(dataset, 6);
    }
    await(() -> all().noneMatch(name -> name.startsWith(".tmp-")));
  }

  private Dataset open(long maxBytes) throws IOException {
    Configuration conf = new Configuration();
    conf.setClass("fs.file.impl", Far.class, org.apache.hadoop.fs.FileSystem.class);
    conf.setBoolean("fs.file.impl.disable.cache", true);
    return Dataset.open(far.toUri().toString(), conf, new ShardCache(copies, maxBytes));
  }

  private static void requireExample(Dataset dataset, int number) throws IOException {
    LabelledExample example = dataset.read("train", number);
    assertThat(example.example().image().orElseThrow().getValue()).isEqualTo(HandMade.png(number));
  }

  private List<String> names() {
    return all().filter(name -> name.endsWith(".tar")).sorted().toList();
  }

  private Stream<String> all() {
    try (Stream<Path> files = Files.list(copies)) {
      return files.map(file -> file.getFileName().toString()).toList().stream();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private long bytes() throws IOException {
    long bytes = 0;
    for (String name : names()) {
      bytes += Files.size(copies.resolve(name));
    }
    return bytes;
  }

  private static void await(BooleanSupplier condition) {
    long end = System.nanoTime() + DEADLINE.toNanos();
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime() - end).as("waits for a copy").isNegative();
      Thread.onSpinWait();
    }
  }

  /** Local files that count as far away. Made by Hadoop. */
  public static final class Far extends FilterFileSystem {
    /** Made by Hadoop. */
    public Far() {
      super(new RawLocalFileSystem());
    }

    @Override
    public FSDataInputStream open(org.apache.hadoop.fs.Path file, int bufferSize)
        throws IOException {
      if (file.getName().startsWith("train-") && file.getName().endsWith(".tar")) {
        REMOTE_READS.incrementAndGet();
      }
      return super.open(file, bufferSize);
    }
  }
}
