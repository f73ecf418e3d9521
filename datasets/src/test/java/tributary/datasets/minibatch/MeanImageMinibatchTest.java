package tributary.datasets.minibatch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tributary.datasets.Seeds;
import tributary.datasets.augment.Crop;
import tributary.datasets.augment.Erasing;
import tributary.datasets.augment.Flip;
import tributary.datasets.augment.ImagePipeline;
import tributary.datasets.augment.PixelChange;
import tributary.datasets.augment.PixelChange.ColorJitter;
import tributary.datasets.image.Image;
import tributary.datasets.image.MeanImage;
import tributary.datasets.image.PngEncoder;
import tributary.datasets.shard.BadExampleException;
import tributary.datasets.shard.Dataset;
import tributary.datasets.shard.ImageShape;
import tributary.datasets.testing.HandMade;

@Timeout(60)
class MeanImageMinibatchTest {
  private static final int HEIGHT = 24;
  private static final int WIDTH = 30;
  private static final int EXAMPLES = 12;
  private static final ImageShape SHAPE = new ImageShape(3, 16, 13);
  private static final float[] STD = {0.25f, 0.125f, 0.5f};

  /** As long as nothing is scaled, what is cut out of both is the same to the bit. */
  private static final List<Crop> UNSCALED =
      List.of(new Crop.Center(0), new Crop.RandomPlace(0, 0), new Crop.RandomPlace(0, 5));

  private static final List<Crop> SCALED =
      List.of(
          new Crop.Stretched(),
          new Crop.RandomResized(0.2),
          new Crop.Center(20),
          new Crop.RandomPlace(20, 3));

  /** Of noise, whose neighbours differ by a hundred, OpenCV scales bytes by 8 bits of weight. */
  private static final double LEVELS = 2.5;

  @TempDir Path folder;

  @Test
  void picturesThatAreTheMeanBecomeZeroHoweverTheyAreCut() throws IOException {
    Image only = image(0);
    try (Dataset dataset = dataset(i -> only)) {
      MeanImage mean = mean(List.of(only));
      for (Crop crop : UNSCALED) {
        float[] features = features(dataset, pipeline(crop), mean);
        assertThat(features).as("%s", crop).isEqualTo(new float[features.length]);
      }
      for (Crop crop : SCALED) {
        assertThat(largest(features(dataset, pipeline(crop), mean)) * 0.125 * 255)
            .as("grey levels, %s", crop)
            .isLessThan(LEVELS);
      }
    }
  }

  @Test
  void theMeanOfPicturesSeenWholeIsZero() throws IOException {
    ImagePipeline whole = ImagePipeline.unchanged(new ImageShape(3, HEIGHT, WIDTH));
    List<Image> images =
        IntStream.range(0, EXAMPLES).mapToObj(MeanImageMinibatchTest::image).toList();
    try (Dataset dataset = dataset(images::get)) {
      float[] features = features(dataset, whole, mean(images));
      int values = 3 * HEIGHT * WIDTH;
      for (int i = 0; i < values; i++) {
        double sum = 0;
        for (int example = 0; example < EXAMPLES; example++) {
          sum += features[example * values + i];
        }
        assertThat(sum / EXAMPLES * 0.5 * 255).isCloseTo(0, within(0.01));
      }
      assertThat(largest(features)).as("pictures differ from their mean").isGreaterThan(0.1);
    }
  }

  /** With the mean of a channel in every pixel, both ways must agree. */
  @Test
  void aMeanImageOfOneColourIsAMeanPerChannel() throws IOException {
    long[] sums = new long[3 * HEIGHT * WIDTH];
    for (int i = 0; i < sums.length; i++) {
      sums[i] = 60L + 50L * (i / (HEIGHT * WIDTH));
    }
    MeanImage mean = MeanImage.of(3, HEIGHT, WIDTH, sums, 1);
    float[] means = {60 / 255f, 110 / 255f, 160 / 255f};
    List<PixelChange> changes = List.of(new ColorJitter(0.3, 0.3, 0.3));
    try (Dataset dataset = dataset(MeanImageMinibatchTest::image)) {
      for (Crop crop : List.of(new Crop.RandomPlace(0, 0), new Crop.RandomResized(0.3))) {
        for (List<PixelChange> some : List.of(List.<PixelChange>of(), changes)) {
          ImagePipeline pipeline =
              new ImagePipeline(SHAPE, crop, Flip.HORIZONTAL, some, new Erasing(0.5));
          float[] byPixel = features(dataset, pipeline, mean);
          float[] byChannel = features(dataset, pipeline, new Normalization(means, STD));
          float[] differences = new float[byPixel.length];
          for (int i = 0; i < differences.length; i++) {
            differences[i] = byPixel[i] - byChannel[i];
          }
          assertThat(largest(differences)).as("%s", pipeline).isLessThan(1e-5);
        }
      }
    }
  }

  @Test
  void picturesOfAnotherSizeThanTheMeanAreBad() throws IOException {
    MeanImage small = MeanImage.of(3, 2, 2, new long[12], 1);
    try (Dataset dataset = dataset(MeanImageMinibatchTest::image)) {
      assertThatThrownBy(() -> features(dataset, pipeline(new Crop.Center(0)), small))
          .isInstanceOf(BadExampleException.class)
          .hasMessageContaining("image: expected 2x2 pixels, as the mean image has, found 30x24");
    }
  }

  private static double largest(float[] values) {
    double largest = 0;
    for (float value : values) {
      largest = Math.max(largest, Math.abs(value));
    }
    return largest;
  }

  private static ImagePipeline pipeline(Crop crop) {
    return new ImagePipeline(SHAPE, crop, Flip.HORIZONTAL, List.of(), new Erasing(0.3));
  }

  private static float[] features(Dataset dataset, ImagePipeline pipeline, MeanImage mean)
      throws IOException {
    return features(dataset, pipeline, new Normalization(new float[3], STD, mean));
  }

  private static float[] features(
      Dataset dataset, ImagePipeline pipeline, Normalization normalization) throws IOException {
    long[] numbers = LongStream.range(0, EXAMPLES).toArray();
    try (MinibatchReader reader =
        new MinibatchReader(
            dataset,
            "train",
            new Preprocessing(pipeline, normalization, 7, 1),
            numbers,
            new int[] {EXAMPLES},
            new ReadAhead(1, 2))) {
      return reader.next().features();
    }
  }

  private Dataset dataset(IntFunction<Image> images) {
    return HandMade.photos(
        folder, i -> PngEncoder.encode(images.apply(i)), Optional.empty(), EXAMPLES, 0);
  }

  private static MeanImage mean(List<Image> images) {
    long[] sums = new long[images.get(0).pixels().length];
    for (Image image : images) {
      for (int i = 0; i < sums.length; i++) {
        sums[i] += image.pixels()[i] & 0xff;
      }
    }
    return MeanImage.of(3, HEIGHT, WIDTH, sums, images.size());
  }

  private static Image image(int seed) {
    SplittableRandom random = Seeds.random(seed, 61);
    byte[] pixels = new byte[3 * HEIGHT * WIDTH];
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = (byte) random.nextInt(256);
    }
    return new Image(3, HEIGHT, WIDTH, pixels);
  }
}
