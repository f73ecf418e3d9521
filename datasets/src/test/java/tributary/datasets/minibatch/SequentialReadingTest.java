package tributary.datasets.minibatch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.LongStream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.FilterFileSystem;
import org.apache.hadoop.fs.RawLocalFileSystem;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tributary.datasets.shard.BadExampleException;
import tributary.datasets.shard.CorruptShardException;
import tributary.datasets.shard.Dataset;
import tributary.datasets.shard.ImageShape;
import tributary.datasets.shard.LabelledExample;
import tributary.datasets.testing.HandMade;

@Timeout(60)
class SequentialReadingTest {
  private static final AtomicInteger READS = new AtomicInteger();
  private static final AtomicInteger LARGEST = new AtomicInteger();

  /** Tar headers and contents of a hand-made example. */
  private static final int EXAMPLE_BYTES = 4 * 512;

  private static final Configuration COUNTED = new Configuration();

  static {
    COUNTED.setClass("fs.file.impl", Counting.class, FileSystem.class);
    COUNTED.setBoolean("fs.file.impl.disable.cache", true);
  }

  @TempDir Path folder;

  @BeforeEach
  void forget() {
    READS.set(0);
    LARGEST.set(0);
  }

  @Test
  void examplesInARowAreOneReadForEachShardAndThread() throws IOException {
    HandMade.dataset(folder, 40, 0, 30).close();
    long[] all = LongStream.range(0, 70).toArray();
    load(all, 1, 32, 32, 6);
    assertThat(READS).as("reads by one thread").hasValue(1 + 2 + 1);
    READS.set(0);
    load(all, 4, 32, 32, 6);
    assertThat(READS).as("reads by four threads").hasValue(4 + 4 + 3);
    READS.set(0);
    load(new long[] {5, 7, 6, 6, 4, 3}, 1, 6);
    assertThat(READS).as("reads of numbers that do not follow each other").hasValue(6);
  }

  @Test
  void minibatchesAreTheSameAsOfExamplesReadOneByOne() throws IOException {
    SplittableRandom random = new SplittableRandom(11);
    for (int trial = 0; trial < 30; trial++) {
      Path here = Files.createDirectory(folder.resolve("trial" + trial));
      int[] shards = random.ints(1 + random.nextInt(5), 0, 25).toArray();
      shards[0]++;
      HandMade.dataset(here, shards).close();
      long[] numbers = inRuns(Arrays.stream(shards).sum(), random);
      int[] sizes = sizes(numbers.length, random);
      int threads = 1 + random.nextInt(4);
      READS.set(0);
      List<Minibatch> minibatches = load(here, numbers, threads, sizes);
      String shape =
          Arrays.toString(shards) + Arrays.toString(numbers) + Arrays.toString(sizes) + threads;
      assertThat(READS.get()).as(shape).isLessThanOrEqualTo(numbers.length);
      if (threads == 1) {
        assertThat(READS).as(shape).hasValue(runs(numbers, sizes, shards));
      }
      assertSameAsOneByOne(here, numbers, minibatches, shape);
    }
  }

  @Test
  void aReadIsOfFourMebibytesAtMostButForALargerExample() throws IOException {
    int[] kilobytes = {1_300, 1_300, 1_300, 1_300, 5_000, 700, 0, 900};
    byte[][] images = new byte[kilobytes.length][];
    Arrays.setAll(images, i -> new byte[kilobytes[i] * 1_024]);
    HandMade.dataset(folder, i -> images[i], kilobytes.length).close();
    List<Integer> together = new ArrayList<>();
    try (Dataset dataset = open(folder)) {
      for (int number = 0; number < kilobytes.length; number += together.get(together.size() - 1)) {
        List<LabelledExample> some = dataset.read("train", number, 100);
        for (int i = 0; i < some.size(); i++) {
          assertThat(some.get(i).number()).isEqualTo(number + i);
          assertThat(some.get(i).example().image().orElseThrow().getValue())
              .isEqualTo(images[number + i]);
        }
        together.add(some.size());
        boolean isLarge = kilobytes[number] == 5_000;
        assertThat(LARGEST.getAndSet(0)).isLessThan(isLarge ? 5_200 << 10 : (4 << 20) + 1);
      }
    }
    assertThat(together).containsExactly(3, 1, 1, 3);
  }

  @Test
  void damageWithinARunNamesItsOwnExample() throws IOException {
    HandMade.dataset(folder, 20).close();
    Path tar = folder.resolve("train-00000.tar");
    byte[] bytes = Files.readAllBytes(tar);
    bytes[7 * EXAMPLE_BYTES + 3 * 512 + 8] ^= 1;
    Files.write(tar, bytes);
    long[] numbers = LongStream.range(2, 18).toArray();
    assertThatThrownBy(() -> load(numbers, 1, 16))
        .isInstanceOf(CorruptShardException.class)
        .hasMessageContaining("train-00000.tar: example 0000007 at byte 14336: CRC32C: expected");
    assertThat(READS).as("up to the damage, and from there on").hasValue(2);
  }

  @Test
  void aBadImageBeforeDamageInOneRunIsToldFirst() throws IOException {
    byte[] gif = "GIF89a".getBytes(StandardCharsets.US_ASCII);
    HandMade.dataset(folder, i -> i == 4 ? gif : HandMade.png(i), 20).close();
    Path tar = folder.resolve("train-00000.tar");
    byte[] bytes = Files.readAllBytes(tar);
    bytes[7 * EXAMPLE_BYTES + 3 * 512 + 8] ^= 1;
    Files.write(tar, bytes);
    assertThatThrownBy(() -> load(LongStream.range(0, 20).toArray(), 1, 20))
        .isInstanceOf(BadExampleException.class)
        .hasMessageStartingWith("Bad example 0000004 in shard train-00000.tar at byte 8192: ");
  }

  @Test
  void aTarCutWhileOpenNamesTheExampleThatIsCut() throws IOException {
    HandMade.dataset(folder, 20).close();
    Path tar = folder.resolve("train-00000.tar");
    try (Dataset dataset = open(folder)) {
      dataset.read("train", 0);
      Files.write(tar, Arrays.copyOf(Files.readAllBytes(tar), 2 * EXAMPLE_BYTES + 700));
      assertThatThrownBy(
              () -> {
                for (int i = 0; i < 20; ) {
                  i += dataset.read("train", i, 20 - i).size();
                }
              })
          .isInstanceOf(CorruptShardException.class)
          .hasMessageContaining(
              "train-00000.tar: example 0000002 at byte 4096: expected 2048 bytes, the tar ends");
    }
  }

  private List<Minibatch> load(long[] numbers, int threads, int... sizes) throws IOException {
    return load(folder, numbers, threads, sizes);
  }

  private static List<Minibatch> load(Path from, long[] numbers, int threads, int... sizes)
      throws IOException {
    List<Minibatch> minibatches = new ArrayList<>();
    ImageShape shape = new ImageShape(1, HandMade.SIDE, HandMade.SIDE);
    try (Dataset dataset = open(from);
        MinibatchReader reader =
            new MinibatchReader(
                dataset,
                "train",
                Preprocessing.unchanged(
                    shape, Normalization.of(dataset.manifest().images().statistics())),
                numbers,
                sizes,
                new ReadAhead(2, threads))) {
      while (reader.hasNext()) {
        minibatches.add(reader.next());
      }
    }
    return minibatches;
  }

  private static void assertSameAsOneByOne(
      Path from, long[] numbers, List<Minibatch> minibatches, String shape) throws IOException {
    int[] ones = new int[numbers.length];
    Arrays.fill(ones, 1);
    List<Minibatch> singles = load(from, numbers, 1, ones);
    int place = 0;
    int values = HandMade.SIDE * HandMade.SIDE;
    for (Minibatch minibatch : minibatches) {
      for (int row = 0; row < minibatch.size(); row++) {
        assertThat(minibatch.numbers()[row]).as(shape).isEqualTo(numbers[place]);
        Minibatch alone = singles.get(place++);
        assertThat(minibatch.labels()[row]).as(shape).isEqualTo(alone.labels()[0]);
        assertThat(Arrays.copyOfRange(minibatch.features(), row * values, (row + 1) * values))
            .as(shape)
            .containsExactly(alone.features());
      }
    }
    assertThat(place).isEqualTo(numbers.length);
  }

  /** Some runs, some single numbers, some more than once. */
  private static long[] inRuns(int examples, SplittableRandom random) {
    LongStream numbers = LongStream.empty();
    for (int i = 0; i < 4; i++) {
      long from = random.nextInt(examples);
      long length = random.nextInt(2) == 0 ? 1 : random.nextInt(20);
      numbers =
          LongStream.concat(numbers, LongStream.range(from, Math.min(examples, from + length)));
    }
    return LongStream.concat(numbers, LongStream.of(random.nextInt(examples))).toArray();
  }

  private static int[] sizes(int examples, SplittableRandom random) {
    List<Integer> sizes = new ArrayList<>();
    for (int left = examples; left > 0; left -= sizes.get(sizes.size() - 1)) {
      sizes.add(1 + random.nextInt(left));
    }
    return sizes.stream().mapToInt(Integer::intValue).toArray();
  }

  /** Where a minibatch begins, a shard does, or a number does not follow. */
  private static int runs(long[] numbers, int[] sizes, int[] shards) {
    int runs = 0;
    int place = 0;
    for (int size : sizes) {
      for (int i = 0; i < size; i++, place++) {
        boolean follows = i > 0 && numbers[place] == numbers[place - 1] + 1;
        long first = 0;
        for (int examples : shards) {
          follows &= numbers[place] != first;
          first += examples;
        }
        runs += follows ? 0 : 1;
      }
    }
    return runs;
  }

  private static Dataset open(Path folder) throws IOException {
    return Dataset.open(folder.toUri().toString(), COUNTED);
  }

  /** Local files; reads at a position of tars are counted. Made by Hadoop. */
  public static final class Counting extends FilterFileSystem {
    /** Made by Hadoop. */
    public Counting() {
      super(new RawLocalFileSystem());
    }

    @Override
    public FSDataInputStream open(org.apache.hadoop.fs.Path file, int bufferSize)
        throws IOException {
      FSDataInputStream in = super.open(file, bufferSize);
      return file.getName().endsWith(".tar") ? counted(in) : in;
    }

    private static FSDataInputStream counted(FSDataInputStream in) {
      return new FSDataInputStream(in) {
        @Override
        public void readFully(long position, byte[] into) throws IOException {
          READS.incrementAndGet();
          LARGEST.accumulateAndGet(into.length, Math::max);
          super.readFully(position, into);
        }
      };
    }
  }
}
