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
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tributary.datasets.augment.Crop;
import tributary.datasets.augment.Erasing;
import tributary.datasets.augment.Flip;
import tributary.datasets.augment.ImagePipeline;
import tributary.datasets.augment.PixelChange.ColorJitter;
import tributary.datasets.augment.PixelChange.Lighting;
import tributary.datasets.image.BadImageException;
import tributary.datasets.image.Image;
import tributary.datasets.image.ImageDecoder;
import tributary.datasets.shard.BadExampleException;
import tributary.datasets.shard.Dataset;
import tributary.datasets.shard.ImageShape;
import tributary.datasets.shard.Images;
import tributary.datasets.testing.HandMade;
import tributary.datasets.testing.Photos;

@Timeout(60)
class AugmentedMinibatchTest {
  private static final ImageShape SHAPE = new ImageShape(3, 32, 24);
  private static final int EXAMPLES = 40;

  private static final ImagePipeline EVERYTHING =
      new ImagePipeline(
          SHAPE,
          new Crop.RandomResized(0.08),
          Flip.HORIZONTAL,
          List.of(new ColorJitter(0.4, 0.4, 0.4), new Lighting(0.1)),
          new Erasing(0.5));

  @TempDir Path folder;

  @Test
  void picturesOfAllSizesBecomeOneMinibatch() throws IOException {
    try (Dataset dataset = photos()) {
      for (Crop crop :
          List.of(
              new Crop.Stretched(),
              new Crop.Center(40),
              new Crop.RandomPlace(40, 4),
              new Crop.RandomResized(0.08))) {
        Minibatch minibatch =
            load(dataset, preprocessing(ImagePipeline.of(SHAPE, crop), 0), all(), 1).get(0);
        assertThat(minibatch.shape()).containsExactly(7, 3, 32, 24);
        assertThat(mean(minibatch.features())).as("%s", crop).isBetween(-1.5, 2.0);
      }
    }
  }

  @Test
  void anyNumberOfThreadsMakesTheSameMinibatches() throws IOException {
    try (Dataset dataset = photos()) {
      List<Minibatch> alone = load(dataset, preprocessing(EVERYTHING, 0), all(), 1);
      for (int threads : new int[] {2, 3, 8}) {
        List<Minibatch> together = load(dataset, preprocessing(EVERYTHING, 0), all(), threads);
        for (int i = 0; i < alone.size(); i++) {
          assertThat(together.get(i).numbers()).isEqualTo(alone.get(i).numbers());
          assertThat(together.get(i).labels()).isEqualTo(alone.get(i).labels());
          assertThat(together.get(i).features())
              .as("minibatch %d by %d threads", i, threads)
              .isEqualTo(alone.get(i).features());
        }
      }
    }
  }

  /** A replica that starts again, or another one, cuts the epoch in other places. */
  @Test
  void anExampleLooksTheSameInWhateverMinibatchOfAnEpoch() throws IOException {
    try (Dataset dataset = photos()) {
      long[] backwards = LongStream.range(0, EXAMPLES).map(i -> EXAMPLES - 1 - i).toArray();
      float[][] one = features(load(dataset, preprocessing(EVERYTHING, 3), all(), 1));
      float[][] other = features(load(dataset, preprocessing(EVERYTHING, 3), backwards, 2));
      float[][] nextEpoch = features(load(dataset, preprocessing(EVERYTHING, 4), all(), 1));
      for (int i = 0; i < EXAMPLES; i++) {
        assertThat(other[i]).as("example %d", i).isEqualTo(one[i]);
        assertThat(nextEpoch[i]).as("example %d", i).isNotEqualTo(one[i]);
      }
    }
  }

  @Test
  void aboutHalfOfTheExamplesAreMirrored() throws IOException {
    try (Dataset dataset = photos()) {
      ImagePipeline plain = ImagePipeline.of(SHAPE, new Crop.Center(40));
      ImagePipeline flipped =
          new ImagePipeline(SHAPE, plain.crop(), Flip.HORIZONTAL, List.of(), Erasing.NONE);
      float[][] upright = features(load(dataset, preprocessing(plain, 0), all(), 1));
      float[][] seen = features(load(dataset, preprocessing(flipped, 0), all(), 1));
      int mirrored = 0;
      for (int i = 0; i < EXAMPLES; i++) {
        if (!Arrays.equals(upright[i], seen[i])) {
          mirrored++;
          assertThat(seen[i]).isEqualTo(mirror(upright[i]));
        }
      }
      assertThat(mirrored).isBetween(10, 30);
    }
  }

  /** Each choice has its own stream: more of them leave the others as they were. */
  @Test
  void erasingMoreLeavesTheRestOfThePictureAsItWas() throws IOException {
    try (Dataset dataset = photos()) {
      ImagePipeline whole =
          new ImagePipeline(
              SHAPE, EVERYTHING.crop(), EVERYTHING.flip(), EVERYTHING.changes(), Erasing.NONE);
      float[][] complete = features(load(dataset, preprocessing(whole, 0), all(), 1));
      float[][] erased = features(load(dataset, preprocessing(EVERYTHING, 0), all(), 1));
      int touched = 0;
      for (int i = 0; i < EXAMPLES; i++) {
        int different = 0;
        for (int j = 0; j < complete[i].length; j++) {
          if (complete[i][j] != erased[i][j]) {
            assertThat(erased[i][j]).isZero();
            different++;
          }
        }
        assertThat(different).isLessThan(complete[i].length / 2);
        touched += different > 0 ? 1 : 0;
      }
      assertThat(touched).isBetween(8, 32);
    }
  }

  @Test
  void tenLooksAtAnExampleFollowEachOther() throws IOException {
    try (Dataset dataset = photos()) {
      ImagePipeline ten = ImagePipeline.of(SHAPE, new Crop.Ten(40));
      ImagePipeline center = ImagePipeline.of(SHAPE, new Crop.Center(40));
      List<Minibatch> looks = load(dataset, preprocessing(ten, 0), new long[] {5, 9}, 2);
      float[][] middle =
          features(load(dataset, preprocessing(center, 0), new long[] {5, 9}, 1), 10);
      assertThat(looks.get(0).shape()).containsExactly(20, 3, 32, 24);
      assertThat(looks.get(0).labels()).startsWith(2, 2).endsWith(0, 0);
      int values = SHAPE.values();
      float[] features = looks.get(0).features();
      assertThat(Arrays.copyOfRange(features, 4 * values, 5 * values)).isEqualTo(middle[5]);
      assertThat(Arrays.copyOfRange(features, 19 * values, 20 * values))
          .isEqualTo(mirror(middle[9]));
    }
  }

  @Test
  void withoutSettingsPixelsAreWhatTheDecoderSees() throws IOException {
    Images.Size size = new Images.Size(30, 50);
    try (Dataset dataset =
        HandMade.photos(folder, i -> Photos.jpeg(50, 30, i), Optional.of(size), 5, 1)) {
      Normalization normalization = Normalization.of(dataset.manifest().images().statistics());
      try (MinibatchReader reader =
          new MinibatchReader(
              dataset, "train", normalization, new long[] {0, 1, 2}, new int[] {3}, 1)) {
        float[] features = reader.next().features();
        for (int i = 0; i < 3; i++) {
          Image image = ImageDecoder.decode(Photos.jpeg(50, 30, i), 3);
          for (int j = 0; j < 4_500; j++) {
            int c = j / 1_500;
            float expected =
                ((image.pixels()[j] & 0xff) / 255f - normalization.mean()[c])
                    / normalization.std()[c];
            assertThat(features[i * 4_500 + j]).isEqualTo(expected);
          }
        }
      }
    }
  }

  @Test
  void theFirstBadExampleIsToldWhateverTheThreads() throws IOException {
    byte[] bad = {1, 2, 3};
    try (Dataset dataset =
        HandMade.photos(
            folder, i -> i % 5 == 3 ? bad : Photos.jpeg(40, 40, i), Optional.empty(), 40, 1)) {
      for (int threads = 1; threads <= 4; threads++) {
        int count = threads;
        assertThatThrownBy(() -> load(dataset, preprocessing(EVERYTHING, 0), all(), count))
            .isInstanceOf(BadExampleException.class)
            .hasCauseInstanceOf(BadImageException.class)
            .hasMessageContaining("Bad example 0000003 in shard train-00000.tar at byte");
      }
    }
  }

  @Test
  void itIsToldWhereTheTimeWent() throws IOException {
    try (Dataset dataset = photos();
        MinibatchReader reader =
            new MinibatchReader(
                dataset,
                "train",
                preprocessing(EVERYTHING, 0),
                all(),
                new int[] {EXAMPLES},
                new ReadAhead(1, 2))) {
      reader.next();
      InputTimes times = reader.times();
      assertThat(times.readNanos()).isPositive();
      assertThat(times.decodeNanos()).isPositive();
      assertThat(times.augmentNanos()).isPositive();
      assertThat(times.assembleNanos()).isPositive();
      assertThat(reader.readShare()).isStrictlyBetween(0.0, 1.0);
    }
  }

  @Test
  void noThreadIsLeftBehind() throws IOException {
    try (Dataset dataset = photos()) {
      for (int i = 0; i < 10; i++) {
        try (MinibatchReader reader =
            new MinibatchReader(
                dataset,
                "train",
                preprocessing(EVERYTHING, 0),
                all(),
                new int[] {20, 20},
                new ReadAhead(1, 3))) {
          assertThat(reader.next().size()).isEqualTo(20);
        }
      }
    }
    List<Thread> left =
        Thread.getAllStackTraces().keySet().stream()
            .filter(thread -> thread.getName().equals("image-decoder"))
            .toList();
    for (Thread thread : left) {
      assertThat(joined(thread)).as("%s", thread).isTrue();
    }
  }

  private static boolean joined(Thread thread) {
    try {
      thread.join(5_000);
      return !thread.isAlive();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private Dataset photos() {
    return HandMade.photos(
        folder, i -> Photos.jpeg(40 + i * 3, 120 - 2 * i, i), Optional.empty(), EXAMPLES, 1);
  }

  private static Preprocessing preprocessing(ImagePipeline pipeline, int epoch) {
    Normalization normalization =
        new Normalization(
            new float[] {0.485f, 0.456f, 0.406f}, new float[] {0.229f, 0.224f, 0.225f});
    return new Preprocessing(pipeline, normalization, 11, epoch);
  }

  private static long[] all() {
    return LongStream.range(0, EXAMPLES).toArray();
  }

  /** Minibatches of seven examples, the last of fewer. */
  private static List<Minibatch> load(
      Dataset dataset, Preprocessing preprocessing, long[] numbers, int threads)
      throws IOException {
    int[] sizes = new int[(numbers.length + 6) / 7];
    Arrays.fill(sizes, 7);
    sizes[sizes.length - 1] = numbers.length - 7 * (sizes.length - 1);
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

  private static float[][] features(List<Minibatch> minibatches) {
    return features(minibatches, EXAMPLES);
  }

  private static float[][] features(List<Minibatch> minibatches, int examples) {
    float[][] features = new float[examples][];
    for (Minibatch minibatch : minibatches) {
      for (int i = 0; i < minibatch.size(); i++) {
        features[(int) minibatch.numbers()[i]] =
            Arrays.copyOfRange(minibatch.features(), i * SHAPE.values(), (i + 1) * SHAPE.values());
      }
    }
    return features;
  }

  private static float[] mirror(float[] image) {
    float[] mirrored = new float[image.length];
    for (int i = 0; i < image.length; i++) {
      int row = i / SHAPE.width();
      mirrored[i] = image[row * SHAPE.width() + SHAPE.width() - 1 - i % SHAPE.width()];
    }
    return mirrored;
  }

  private static double mean(float[] values) {
    double sum = 0;
    for (float value : values) {
      sum += value;
    }
    assertThat(sum).isNotCloseTo(0, within(1e-9));
    return sum / values.length;
  }
}
