package tributary.datasets.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.awt.image.Raster;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.List;
import java.util.SplittableRandom;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tributary.datasets.Seeds;
import tributary.datasets.image.Cut.Region;

@Timeout(60)
class MeanImageTest {
  /** ImageIO is the other way to the same samples. */
  @Test
  void otherProgramsReadTheMeansInStepsOfA257thOfAGreyLevel() throws IOException {
    SplittableRandom random = Seeds.random(51);
    for (int trial = 0; trial < 20; trial++) {
      int channels = trial % 2 == 0 ? 1 : 3;
      int height = 1 + random.nextInt(20);
      int width = 1 + random.nextInt(20);
      int pictures = 1 + random.nextInt(1000);
      long[] sums =
          random.longs((long) channels * height * width, 0, 255L * pictures + 1).toArray();
      MeanImage mean = MeanImage.of(channels, height, width, sums, pictures);

      Raster read = ImageIO.read(new ByteArrayInputStream(mean.png())).getRaster();
      assertThat(read.getNumBands()).isEqualTo(channels);
      for (int i = 0; i < sums.length; i++) {
        int at = i % (height * width);
        int sample = read.getSample(at % width, at / width, i / (height * width));
        assertThat(sample / 257.0).isCloseTo((double) sums[i] / pictures, within(0.5 / 257 + 1e-9));
      }
    }
  }

  @Test
  void comesBackFromItsFileAndEqualSumsMakeEqualFiles() throws IOException {
    long[] sums = Seeds.random(52).longs(36, 0, 2551).toArray();
    MeanImage mean = MeanImage.of(3, 4, 3, sums, 10);
    MeanImage read = MeanImage.ofPng(mean.png());

    assertThat(read).isEqualTo(mean).hasSameHashCodeAs(MeanImage.of(3, 4, 3, sums, 10));
    assertThat(read.channels()).isEqualTo(3);
    assertThat(read.height()).isEqualTo(4);
    assertThat(read.width()).isEqualTo(3);
    assertThat(whole(read)).containsExactly(whole(mean));
    sums[7] += 10;
    assertThat(MeanImage.of(3, 4, 3, sums, 10)).isNotEqualTo(mean);
  }

  /** The mean of one picture is the picture, and must be cut as that is. */
  @Test
  void isCutAsPicturesAre() throws IOException {
    SplittableRandom random = Seeds.random(53);
    for (int trial = 0; trial < 60; trial++) {
      int channels = trial % 2 == 0 ? 1 : 3;
      int height = 8 + random.nextInt(30);
      int width = 8 + random.nextInt(30);
      Image image = new Image(channels, height, width, smooth(random, channels, height, width));
      MeanImage mean = MeanImage.of(channels, height, width, levels(image), 1);
      Cut cut = cut(random, height, width, trial % 3 == 0);
      int rows = 4 + random.nextInt(12);
      int columns = 4 + random.nextInt(12);

      Pixels expected =
          Picture.of(PngEncoder.encode(image))
              .windows(List.of(cut), channels, rows, columns)
              .get(0);
      float[] found = mean.window(cut, rows, columns);
      boolean unscaled =
          cut.region().height() == cut.height() && cut.region().width() == cut.width();
      for (int i = 0; i < found.length; i++) {
        int c = i / (rows * columns);
        int value = expected.values()[i % (rows * columns) * channels + c] & 0xff;
        if (unscaled) {
          assertThat(found[i]).as("value %d of %s", i, cut).isEqualTo(value / 255f);
        } else { // a picture is scaled by weights of 8 bits, and rounded to 8 bits
          assertThat(found[i] * 255.0).as("value %d of %s", i, cut).isCloseTo(value, within(2.5));
        }
      }
    }
  }

  @Test
  void isBlackOutside() {
    MeanImage white = MeanImage.of(1, 2, 2, new long[] {255, 255, 255, 255}, 1);
    Cut around = new Cut(Region.all(2, 2), 2, 2, -1, -1);
    assertThat(white.window(around, 4, 4))
        .containsExactly(0, 0, 0, 0, 0, 1, 1, 0, 0, 1, 1, 0, 0, 0, 0, 0);
  }

  @Test
  void whatIsNoMeanImageIsRefused() {
    byte[] eightBits = PngEncoder.encode(new Image(1, 2, 2, new byte[4]));
    assertThatThrownBy(() -> MeanImage.ofPng(eightBits))
        .isInstanceOf(BadImageException.class)
        .hasMessage("mean image: expected a PNG of 16 bits");
    assertThatThrownBy(() -> MeanImage.ofPng(new byte[] {1, 2, 3}))
        .isInstanceOf(BadImageException.class);
    assertThatThrownBy(() -> MeanImage.of(3, 2, 2, new long[4], 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("2x2 pixels of 3 channels need as many sums, got 4");
    assertThatThrownBy(() -> MeanImage.of(1, 2, 2, new long[4], 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("a mean is of at least 1 picture, got 0");
  }

  private static float[] whole(MeanImage mean) {
    Region all = Region.all(mean.height(), mean.width());
    return mean.window(Cut.of(all, mean.height(), mean.width()), mean.height(), mean.width());
  }

  private static Cut cut(SplittableRandom random, int height, int width, boolean asItIs) {
    int rows = 1 + random.nextInt(height);
    int columns = 1 + random.nextInt(width);
    Region region =
        new Region(
            random.nextInt(height - rows + 1), random.nextInt(width - columns + 1), rows, columns);
    int scaledRows = asItIs ? rows : 1 + random.nextInt(40);
    int scaledColumns = asItIs ? columns : 1 + random.nextInt(40);
    return new Cut(region, scaledRows, scaledColumns, random.nextInt(9) - 4, random.nextInt(9) - 4);
  }

  private static byte[] smooth(SplittableRandom random, int channels, int height, int width) {
    byte[] pixels = new byte[channels * height * width];
    double slope = random.nextDouble();
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = (byte) (127 + 90 * Math.sin(slope * i) + random.nextInt(30));
    }
    return pixels;
  }

  private static long[] levels(Image image) {
    long[] levels = new long[image.pixels().length];
    for (int i = 0; i < levels.length; i++) {
      levels[i] = image.pixels()[i] & 0xff;
    }
    return levels;
  }
}
