package tributary.datasets.minibatch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tributary.datasets.augment.Crop;
import tributary.datasets.augment.Erasing;
import tributary.datasets.augment.Flip;
import tributary.datasets.augment.ImagePipeline;
import tributary.datasets.augment.PixelChange.ColorJitter;
import tributary.datasets.shard.BadExample;
import tributary.datasets.shard.CorruptShardException;
import tributary.datasets.shard.Dataset;
import tributary.datasets.shard.ImageShape;
import tributary.datasets.testing.BrokenImages;
import tributary.datasets.testing.Folders;
import tributary.datasets.testing.HandMade;
import tributary.datasets.testing.Photos;

/** Thirty pictures in minibatches of five, of which the third has no usable one. */
@Timeout(60)
class LeftOutExamplesTest {
  private static final int EXAMPLES = 30;
  private static final Set<Integer> BROKEN = Set.of(0, 3, 10, 11, 12, 13, 14, 20);
  private static final ImageShape SHAPE = new ImageShape(3, 24, 24);

  private static final ImagePipeline RANDOM =
      new ImagePipeline(
          SHAPE,
          new Crop.RandomResized(0.3),
          Flip.HORIZONTAL,
          List.of(new ColorJitter(0.4, 0.4, 0.4)),
          new Erasing(0.5));

  @TempDir static Path folder;

  @BeforeAll
  static void pack() throws IOException {
    Files.createDirectories(folder.resolve("whole"));
    Files.createDirectories(folder.resolve("broken"));
    photos("whole", Set.of()).close();
    photos("broken", BROKEN).close();
  }

  @Test
  void whatIsLeftIsWhatItWouldHaveBeenInTheSameOrder() throws IOException {
    for (ImagePipeline pipeline : List.of(RANDOM, ImagePipeline.of(SHAPE, new Crop.Ten(28)))) {
      for (int threads : new int[] {1, 4}) {
        List<Minibatch> whole = load("whole", pipeline, threads, new ArrayList<>());
        List<Minibatch> left = load("broken", pipeline, threads, new ArrayList<>());
        assertThat(left).hasSameSizeAs(whole);
        for (int i = 0; i < whole.size(); i++) {
          assertIsWithoutBroken(left.get(i), whole.get(i));
        }
        assertThat(left.get(2).isEmpty()).as("a minibatch in which nothing is left").isTrue();
        assertThat(left.get(2).shape()).containsExactly(0, 3, 24, 24);
      }
    }
  }

  @Test
  void eachOneIsToldOnceWithItsPlaceAndReason() throws IOException {
    List<BadExample> leftOut = new ArrayList<>();
    load("broken", RANDOM, 3, leftOut);
    assertThat(leftOut)
        .extracting(BadExample::number)
        .containsExactlyElementsOf(BROKEN.stream().sorted().map(Integer::longValue).toList());
    assertThat(leftOut.get(0).describe())
        .startsWith("0000000 in shard train-00000.tar at byte 0: truncated JPEG");
    BadExample empty = leftOut.stream().filter(bad -> bad.number() == 10).findFirst().orElseThrow();
    assertThat(empty.split()).isEqualTo("train");
    assertThat(empty.shard()).isEqualTo("train-00000.tar");
    assertThat(empty.key()).isEqualTo("0000010");
    assertThat(empty.offset()).isPositive();
    assertThat(empty.reason()).isEqualTo("expected PNG or JPEG, found an empty file");
  }

  @Test
  void onlyThoseOfMinibatchesThatWereTakenAreTold() throws IOException {
    try (Dataset dataset = open("broken");
        MinibatchReader reader = reader(dataset, RANDOM, 1, OnBadExample.SKIP)) {
      assertThat(reader.leftOut()).isEmpty();
      assertThat(reader.next().numbers()).containsExactly(1, 2, 4);
      assertThat(reader.leftOut()).extracting(BadExample::number).containsExactly(0L, 3L);
      assertThat(reader.next().numbers()).containsExactly(5, 6, 7, 8, 9);
      assertThat(reader.leftOut()).hasSize(2);
    }
  }

  @Test
  void aDamagedShardIsAnErrorAllTheSame() throws IOException {
    Path damaged = folder.resolve("damaged");
    Folders.copy(folder.resolve("broken"), damaged);
    Path tar = damaged.resolve("train-00000.tar");
    byte[] bytes = Files.readAllBytes(tar);
    bytes[bytes.length / 2] ^= 1;
    Files.write(tar, bytes);
    assertThatThrownBy(() -> load("damaged", RANDOM, 1, new ArrayList<>()))
        .isInstanceOf(CorruptShardException.class);
  }

  private static void assertIsWithoutBroken(Minibatch left, Minibatch whole) {
    int[] rows =
        IntStream.range(0, whole.size())
            .filter(row -> !BROKEN.contains((int) whole.numbers()[row]))
            .toArray();
    int values = SHAPE.values();
    assertThat(left.size()).isEqualTo(rows.length);
    for (int i = 0; i < rows.length; i++) {
      assertThat(left.numbers()[i]).isEqualTo(whole.numbers()[rows[i]]);
      assertThat(left.labels()[i]).isEqualTo(whole.labels()[rows[i]]);
      assertThat(Arrays.copyOfRange(left.features(), i * values, (i + 1) * values))
          .as("example %d", left.numbers()[i])
          .isEqualTo(
              Arrays.copyOfRange(whole.features(), rows[i] * values, (rows[i] + 1) * values));
    }
  }

  private static List<Minibatch> load(
      String name, ImagePipeline pipeline, int threads, List<BadExample> leftOut)
      throws IOException {
    List<Minibatch> minibatches = new ArrayList<>();
    try (Dataset dataset = open(name);
        MinibatchReader reader = reader(dataset, pipeline, threads, OnBadExample.SKIP)) {
      while (reader.hasNext()) {
        minibatches.add(reader.next());
      }
      leftOut.addAll(reader.leftOut());
    }
    return minibatches;
  }

  private static MinibatchReader reader(
      Dataset dataset, ImagePipeline pipeline, int threads, OnBadExample onBadExample) {
    Normalization normalization = Normalization.of(dataset.manifest().images().statistics());
    return new MinibatchReader(
        dataset,
        "train",
        new Preprocessing(pipeline, normalization, 7, 2),
        LongStream.range(0, EXAMPLES).toArray(),
        new int[] {5, 5, 5, 5, 5, 5},
        new ReadAhead(2, threads),
        onBadExample);
  }

  private static Dataset photos(String name, Set<Integer> broken) {
    return HandMade.photos(
        folder.resolve(name),
        number ->
            broken.contains(number)
                ? BrokenImages.bytes(number)
                : Photos.jpeg(40 + number, 70 - number, number),
        Optional.empty(),
        EXAMPLES,
        1);
  }

  private static Dataset open(String name) throws IOException {
    return Dataset.open(
        folder.resolve(name).toUri().toString(), new org.apache.hadoop.conf.Configuration());
  }
}
