package tributary.datasets.minibatch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tributary.datasets.Seeds;
import tributary.datasets.augment.Crop;
import tributary.datasets.augment.Erasing;
import tributary.datasets.augment.Flip;
import tributary.datasets.augment.ImagePipeline;
import tributary.datasets.augment.Mixing;
import tributary.datasets.shard.Dataset;
import tributary.datasets.shard.ImageShape;
import tributary.datasets.testing.HandMade;
import tributary.datasets.testing.Photos;

@Timeout(60)
class MixedMinibatchTest {
  private static final ImageShape SHAPE = new ImageShape(3, 40, 37);
  private static final int EXAMPLES = 23;
  private static final int SIZE = 9;

  @TempDir Path folder;

  @Test
  void everyExampleIsMixedWithOneOfItsMinibatchByOneShareAndItsLabelAlike() throws IOException {
    try (Dataset dataset = photos()) {
      List<Minibatch> plain = load(dataset, Mixing.NONE, 0, 1);
      List<Minibatch> mixed = load(dataset, new Mixing(0.7, 0), 0, 1);
      for (int i = 0; i < plain.size(); i++) {
        Minibatch before = plain.get(i);
        Minibatch after = mixed.get(i);
        assertThat(after.numbers()).containsExactly(before.numbers());
        assertThat(after.labels()).containsExactly(before.labels());
        assertThat(before.softLabels()).isNull();
        assertMixed(before, after);
      }
    }
  }

  /** Finds out what was mixed from the pixels, and compares the labels with that. */
  private static void assertMixed(Minibatch before, Minibatch after) {
    boolean[] taken = new boolean[before.size()];
    double share = -1;
    for (int row = 0; row < before.size(); row++) {
      Origin origin = Origin.of(before, after, row);
      assertThat(origin.error()).as("pixels of row %d", row).isLessThan(1e-4);
      assertThat(taken[origin.partner()]).as("partner %d", origin.partner()).isFalse();
      taken[origin.partner()] = true;
      if (origin.partner() != row) {
        assertThat(origin.share()).isStrictlyBetween(0.0, 1.0);
        assertThat(share < 0 ? origin.share() : share).isCloseTo(origin.share(), within(1e-4));
        share = origin.share();
      }
      double[] expected = new double[before.classes()];
      expected[before.labels()[row]] += origin.share();
      expected[before.labels()[origin.partner()]] += 1 - origin.share();
      for (int k = 0; k < expected.length; k++) {
        assertThat((double) after.softLabels()[row * expected.length + k])
            .as("class %d of row %d", k, row)
            .isCloseTo(expected[k], within(1e-4));
      }
    }
    assertThat(share).as("something was mixed").isPositive();
  }

  /** The row of a minibatch that, mixed with another, best explains what became of it. */
  private record Origin(int partner, double share, double error) {
    static Origin of(Minibatch before, Minibatch after, int row) {
      Origin best = new Origin(row, 1, distance(before, row, after, row, row, 1));
      for (int other = 0; other < before.size(); other++) {
        if (other != row) {
          double share = leastSquares(before, row, after, other);
          double error = distance(before, row, after, row, other, share);
          best = error < best.error ? new Origin(other, share, error) : best;
        }
      }
      return best;
    }

    private static double leastSquares(Minibatch before, int row, Minibatch after, int other) {
      double above = 0;
      double below = 0;
      for (int i = 0; i < SHAPE.values(); i++) {
        double y = value(before, other, i);
        double difference = value(before, row, i) - y;
        above += (value(after, row, i) - y) * difference;
        below += difference * difference;
      }
      return above / below;
    }

    private static double distance(
        Minibatch before, int row, Minibatch after, int mixed, int other, double share) {
      double largest = 0;
      for (int i = 0; i < SHAPE.values(); i++) {
        double expected = share * value(before, row, i) + (1 - share) * value(before, other, i);
        largest = Math.max(largest, Math.abs(value(after, mixed, i) - expected));
      }
      return largest;
    }

    private static double value(Minibatch minibatch, int row, int i) {
      return minibatch.features()[row * SHAPE.values() + i];
    }
  }

  @Test
  void smoothingGivesAllClassesEqualPartsOfALabelAndLeavesPixelsAlone() throws IOException {
    try (Dataset dataset = photos()) {
      List<Minibatch> plain = load(dataset, Mixing.NONE, 0, 1);
      List<Minibatch> smooth = load(dataset, new Mixing(0, 0.3), 0, 2);
      for (int i = 0; i < plain.size(); i++) {
        Minibatch minibatch = smooth.get(i);
        assertThat(minibatch.features()).isEqualTo(plain.get(i).features());
        for (int j = 0; j < minibatch.softLabels().length; j++) {
          boolean own = minibatch.labels()[j / 3] == j % 3;
          assertThat(minibatch.softLabels()[j]).isCloseTo(own ? 0.8f : 0.1f, within(1e-6f));
        }
      }
    }
  }

  @Test
  void smoothedSharesOfMixedLabelsAddUpToOne() throws IOException {
    try (Dataset dataset = photos()) {
      for (Minibatch minibatch : load(dataset, new Mixing(1, 0.1), 0, 1)) {
        for (int row = 0; row < minibatch.size(); row++) {
          float[] shares = Arrays.copyOfRange(minibatch.softLabels(), 3 * row, 3 * row + 3);
          assertThat(shares[0] + shares[1] + shares[2]).isCloseTo(1, within(1e-5f));
          for (float share : shares) {
            assertThat(share).isBetween(0.0333f, 0.9334f);
          }
        }
      }
    }
  }

  @Test
  void aRetriedTaskSeesTheSameAndAnotherEpochMixesOtherwise() throws IOException {
    try (Dataset dataset = photos()) {
      Mixing mixing = new Mixing(0.4, 0.1);
      List<Minibatch> once = load(dataset, mixing, 2, 1);
      for (int threads : new int[] {1, 2, 5}) {
        List<Minibatch> again = load(dataset, mixing, 2, threads);
        for (int i = 0; i < once.size(); i++) {
          assertThat(again.get(i).features())
              .as("minibatch %d by %d threads", i, threads)
              .isEqualTo(once.get(i).features());
          assertThat(again.get(i).softLabels()).containsExactly(once.get(i).softLabels());
        }
      }
      assertThat(load(dataset, mixing, 3, 1).get(0).softLabels())
          .isNotEqualTo(once.get(0).softLabels());
    }
  }

  @Test
  void anExampleAloneInItsMinibatchStaysAsItIs() throws IOException {
    try (Dataset dataset = photos()) {
      Minibatch plain = load(dataset, Mixing.NONE, 0, 1, new long[] {5}).get(0);
      Minibatch mixed = load(dataset, new Mixing(1, 0), 0, 1, new long[] {5}).get(0);
      assertThat(mixed.features()).isEqualTo(plain.features());
      assertThat(mixed.softLabels()).containsExactly(0, 0, 1);
    }
  }

  /** In place, and by stretches; the other way is to keep a copy of all. */
  @Test
  void mixingInPlaceIsMixingWithACopyWhateverTheShapes() throws IOException {
    SplittableRandom random = Seeds.random(41);
    for (int trial = 0; trial < 60; trial++) {
      int size = 1 + random.nextInt(12);
      int values = 1 + random.nextInt(trial % 10 == 0 ? 20_000 : 50);
      float share = (float) random.nextDouble();
      int[] partners = new Mixing(1, 0).partners(size, trial);
      float[] features = new float[size * values];
      for (int i = 0; i < features.length; i++) {
        features[i] = (float) random.nextDouble();
      }
      float[] expected = new float[features.length];
      for (int i = 0; i < features.length; i++) {
        int row = i / values;
        float other = features[partners[row] * values + i % values];
        expected[i] =
            partners[row] == row ? features[i] : share * features[i] + (1 - share) * other;
      }
      try (SideBySide threads = new SideBySide(1 + random.nextInt(3), "image-decoder")) {
        ExampleMixer.mixFeatures(features, partners, share, threads);
      }
      assertThat(features).as("%d examples of %d values", size, values).isEqualTo(expected);
    }
  }

  @Test
  void softLabelsOfAnotherCountAreRefused() {
    Minibatch minibatch = new Minibatch(new long[2], new float[6], new int[] {2, 3}, new int[2], 4);
    assertThat(minibatch.with(new float[8]).softLabels()).hasSize(8);
    assertThatThrownBy(() -> minibatch.with(new float[2]))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("minibatch must have 8 shares of classes, got 2");
  }

  private Dataset photos() {
    return HandMade.photos(
        folder, i -> Photos.jpeg(40 + i * 3, 120 - 2 * i, i), Optional.empty(), EXAMPLES, 1);
  }

  private static List<Minibatch> load(Dataset dataset, Mixing mixing, int epoch, int threads)
      throws IOException {
    return load(dataset, mixing, epoch, threads, LongStream.range(0, EXAMPLES).toArray());
  }

  private static List<Minibatch> load(
      Dataset dataset, Mixing mixing, int epoch, int threads, long[] numbers) throws IOException {
    ImagePipeline pipeline =
        new ImagePipeline(
            SHAPE, new Crop.RandomResized(0.3), Flip.HORIZONTAL, List.of(), Erasing.NONE, mixing);
    Preprocessing preprocessing =
        new Preprocessing(
            pipeline, Normalization.of(dataset.manifest().images().statistics()), 11, epoch);
    int[] sizes = new int[(numbers.length + SIZE - 1) / SIZE];
    Arrays.fill(sizes, SIZE);
    sizes[sizes.length - 1] = numbers.length - SIZE * (sizes.length - 1);
    List<Minibatch> minibatches = new ArrayList<>();
    try (MinibatchReader reader =
        new MinibatchReader(
            dataset, "train", preprocessing, numbers, sizes, new ReadAhead(2, threads))) {
      while (reader.hasNext()) {
        minibatches.add(reader.next());
      }
    }
    return minibatches;
  }
}
