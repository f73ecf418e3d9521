package tributary.datasets.minibatch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.NoSuchElementException;
import java.util.function.IntFunction;
import java.util.stream.LongStream;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import tributary.datasets.image.Image;
import tributary.datasets.image.PngEncoder;
import tributary.datasets.shard.BadExampleException;
import tributary.datasets.shard.CorruptShardException;
import tributary.datasets.shard.Dataset;
import tributary.datasets.testing.FashionMnist;
import tributary.datasets.testing.HandMade;

@ExtendWith(FashionMnist.class)
@Timeout(30)
class MinibatchReaderTest {
  @TempDir Path folder;

  @Test
  void minibatchesComeInTheOrderOfTheNumbers() throws IOException {
    try (Dataset dataset = HandMade.dataset(folder, 5, 4);
        MinibatchReader reader = reader(dataset, new long[] {8, 0, 3, 4, 7}, 2, 2, 1)) {
      assertMinibatch(reader.next(), 8, 0);
      assertMinibatch(reader.next(), 3, 4);
      assertThat(reader.hasNext()).isTrue();
      assertMinibatch(reader.next(), 7);
      assertThat(reader.hasNext()).isFalse();
      assertThatThrownBy(reader::next).isInstanceOf(NoSuchElementException.class);
    }
  }

  @Test
  void realImagesAreNormalizedToMeanZeroAndDeviationOne() throws IOException {
    Path shards = FashionMnist.shards(1_000, 100, 400);
    long[] all = LongStream.range(0, 1_000).toArray();
    try (Dataset dataset = Dataset.open(shards.toUri().toString(), new Configuration());
        MinibatchReader reader = reader(dataset, all, 1_000)) {
      Minibatch minibatch = reader.next();
      assertThat(minibatch.shape()).containsExactly(1_000, 1, 28, 28);
      double sum = 0;
      double squares = 0;
      for (float value : minibatch.features()) {
        sum += value;
        squares += (double) value * value;
      }
      assertThat(sum / minibatch.features().length).isCloseTo(0, within(1e-4));
      assertThat(squares / minibatch.features().length).isCloseTo(1, within(1e-4));
    }
  }

  @Test
  void aFlippedByteNamesShardKeyAndOffset() throws IOException {
    try (Dataset dataset = HandMade.dataset(folder, 5, 4)) {
      Path tar = folder.resolve("train-00001.tar");
      byte[] bytes = Files.readAllBytes(tar);
      bytes[2 * 2048 + 3 * 512 + 8] ^= 1;
      Files.write(tar, bytes);
      try (MinibatchReader reader = reader(dataset, new long[] {5, 6, 7, 8}, 2, 2)) {
        assertMinibatch(reader.next(), 5, 6);
        assertThatThrownBy(reader::next)
            .isInstanceOf(CorruptShardException.class)
            .hasMessageContaining("train-00001.tar: example 0000007 at byte 4096: CRC32C");
        assertThatThrownBy(reader::next).isInstanceOf(CorruptShardException.class);
      }
    }
  }

  @Test
  void wrongMagicInAnImageNamesShardKeyAndOffset() throws IOException {
    assertBad(
        number -> "GIF89a".getBytes(StandardCharsets.US_ASCII),
        "Bad example 0000001 in shard train-00000.tar at byte 2048:"
            + " expected PNG or JPEG, found GIF");
  }

  @Test
  void aZeroByteImageNamesShardKeyAndOffset() throws IOException {
    assertBad(
        number -> new byte[0],
        "Bad example 0000001 in shard train-00000.tar at byte 2048:"
            + " expected PNG or JPEG, found an empty file");
  }

  @Test
  void anImageOfAnotherSizeNamesShardKeyAndOffset() throws IOException {
    assertBad(
        number -> PngEncoder.encode(new Image(1, 2, 3, new byte[6])),
        "Bad example 0000001 in shard train-00000.tar at byte 2048:"
            + " image: expected 4x4 pixels, found 3x2");
  }

  @Test
  void closingEarlyStopsTheThread() throws IOException {
    try (Dataset dataset = HandMade.dataset(folder, 200)) {
      long[] numbers = LongStream.range(0, 200).toArray();
      long start = System.nanoTime();
      for (int i = 0; i < 20; i++) {
        try (MinibatchReader reader = reader(dataset, numbers, ones(200))) {
          assertMinibatch(reader.next(), 0);
        }
      }
      assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(10));
      assertThat(Thread.getAllStackTraces().keySet())
          .noneMatch(thread -> thread.getName().equals("minibatch-reader"));
    }
  }

  @Test
  void anInterruptedConsumerGetsAnErrorAndOthersGoOn() throws IOException {
    try (Dataset dataset = HandMade.dataset(folder, 20)) {
      long[] numbers = LongStream.range(0, 20).toArray();
      MinibatchReader interrupted = reader(dataset, numbers, ones(20));
      Thread.currentThread().interrupt();
      assertThatThrownBy(
              () -> {
                while (interrupted.hasNext()) {
                  interrupted.next();
                }
              })
          .isInstanceOf(InterruptedIOException.class);
      interrupted.close();
      assertThat(Thread.interrupted()).isTrue();

      try (MinibatchReader other = reader(dataset, numbers, 20)) {
        assertThat(other.next().size()).isEqualTo(20);
      }
    }
  }

  @Test
  void sizesThatDoNotAddUpAreRefused() throws IOException {
    try (Dataset dataset = HandMade.dataset(folder, 5)) {
      assertThatThrownBy(() -> reader(dataset, new long[] {0, 1, 2}, 2, 2))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("minibatch sizes add up to 4 for 3 examples");
    }
  }

  /** Example 1 of two has the image {@code bad}. */
  private void assertBad(IntFunction<byte[]> bad, String message) throws IOException {
    IntFunction<byte[]> images = number -> number == 1 ? bad.apply(number) : HandMade.png(number);
    try (Dataset dataset = HandMade.dataset(folder, images, 2);
        MinibatchReader reader = reader(dataset, new long[] {0, 1}, 1, 1)) {
      assertMinibatch(reader.next(), 0);
      assertThatThrownBy(reader::next)
          .isInstanceOf(BadExampleException.class)
          .hasMessage(message + "; input.on-bad-example: skip trains and evaluates without such");
    }
  }

  private static MinibatchReader reader(Dataset dataset, long[] numbers, int... sizes) {
    return new MinibatchReader(
        dataset,
        "train",
        Normalization.of(dataset.manifest().images().statistics()),
        numbers,
        sizes,
        2);
  }

  private static int[] ones(int count) {
    int[] ones = new int[count];
    Arrays.fill(ones, 1);
    return ones;
  }

  private static void assertMinibatch(Minibatch minibatch, int... numbers) {
    assertThat(minibatch.size()).isEqualTo(numbers.length);
    for (int i = 0; i < numbers.length; i++) {
      assertThat(minibatch.labels()[i]).isEqualTo(numbers[i] % HandMade.CLASSES);
      assertThat(minibatch.features()[i * 16]).isEqualTo(numbers[i] / 255f);
    }
  }
}
