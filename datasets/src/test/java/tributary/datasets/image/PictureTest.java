package tributary.datasets.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.awt.image.BufferedImage;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tributary.datasets.Seeds;
import tributary.datasets.image.Cut.Region;
import tributary.datasets.testing.Photos;

@Timeout(60)
class PictureTest {
  @Test
  void allOfAPictureIsWhatTheDecoderSees() throws BadImageException {
    for (String format : new String[] {"png", "jpg"}) {
      byte[] file = Pictures.encode(format, Photos.picture(33, 21, 1));
      for (int channels : new int[] {1, 3}) {
        Image whole = ImageDecoder.decode(file, channels);
        Pixels pixels = window(file, Cut.of(Region.all(21, 33), 21, 33), channels, 21, 33);
        assertThat(planes(pixels)).isEqualTo(whole.pixels());
      }
    }
  }

  @Test
  void aRegionIsCutWhereItLies() throws BadImageException {
    byte[] png = Pictures.gradient("png", BufferedImage.TYPE_INT_RGB, 256, 10);
    Pixels pixels = window(png, Cut.of(new Region(2, 100, 5, 20), 5, 20), 3, 5, 20);
    for (int y = 0; y < 5; y++) {
      for (int x = 0; x < 20; x++) {
        assertThat(value(pixels, 2, y, x)).isEqualTo(100 + x);
      }
    }
  }

  @Test
  void whatLiesOutsideIsBlack() throws BadImageException {
    byte[] png = Pictures.encode("png", Photos.picture(8, 6, 1));
    Image whole = ImageDecoder.decode(png, 3);
    for (int top = -5; top <= 7; top++) {
      for (int left = -6; left <= 9; left++) {
        Cut cut = new Cut(Region.all(6, 8), 6, 8, top, left);
        Pixels pixels = window(png, cut, 3, 4, 5);
        for (int y = 0; y < 4; y++) {
          for (int x = 0; x < 5; x++) {
            int row = top + y;
            int column = left + x;
            boolean inside = row >= 0 && row < 6 && column >= 0 && column < 8;
            assertThat(value(pixels, 1, y, x))
                .as("window at (%d, %d)", top, left)
                .isEqualTo(inside ? whole.pixels()[48 + row * 8 + column] & 0xff : 0);
          }
        }
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"1, 1", "1.9, 1", "2, 2", "3.9, 2", "4, 4", "7.9, 4", "8, 8", "50, 8", "0.5, 1"})
  void aJpegIsDecodedSmallerWhereNothingIsScaledUp(double smaller, int divisor) {
    int to = 40;
    ImageDecoder.Reduction reduction =
        ImageDecoder.Reduction.between((int) Math.round(to * smaller), to);
    assertThat(reduction)
        .isEqualTo(
            switch (divisor) {
              case 1 -> ImageDecoder.Reduction.NONE;
              case 2 -> ImageDecoder.Reduction.HALF;
              case 4 -> ImageDecoder.Reduction.QUARTER;
              default -> ImageDecoder.Reduction.EIGHTH;
            });
  }

  /** The mean of an area by hand is the other way to the same answer. */
  @Test
  void aSmallerDecodedPictureIsThePictureMadeSmaller() throws BadImageException {
    SplittableRandom random = Seeds.random(4);
    for (int i = 0; i < 60; i++) {
      int height = random.nextInt(60, 300);
      int width = random.nextInt(60, 300);
      byte[] jpeg = Photos.jpeg(width, height, i);
      int rows = random.nextInt(50, height);
      int columns = random.nextInt(50, width);
      Region region =
          new Region(
              random.nextInt(height - rows + 1),
              random.nextInt(width - columns + 1),
              rows,
              columns);
      int to = random.nextInt(8, 50);
      byte[] turned = Pictures.withOrientation(jpeg, 1);

      Pixels pixels = window(turned, Cut.of(region, to, to), 3, to, to);

      assertThat(distance(pixels, ImageDecoder.decode(jpeg, 3), region))
          .as("%s of %dx%d to %d", region, width, height, to)
          .isLessThan(9);
    }
  }

  @Test
  void aPictureOnItsSideIsCutUpright() throws BadImageException {
    byte[] jpeg = Photos.jpeg(200, 120, 7);
    for (int orientation = 1; orientation <= 8; orientation++) {
      byte[] turned = Pictures.withOrientation(jpeg, orientation);
      Picture picture = Picture.of(turned);
      Image upright = ImageDecoder.decode(turned, 3);
      assertThat(picture.height()).isEqualTo(upright.height());
      assertThat(picture.width()).isEqualTo(upright.width());
      Region region = new Region(10, 20, 96, 64);
      Pixels pixels = picture.windows(List.of(Cut.of(region, 24, 16)), 3, 24, 16).get(0);
      assertThat(distance(pixels, upright, region)).as("orientation %d", orientation).isLessThan(5);
    }
  }

  @Test
  void inksAreDecodedSmallerToo() throws BadImageException {
    int[] values = new int[64 * 64 * 4];
    for (int i = 0; i < values.length; i += 4) {
      values[i] = 200;
      values[i + 1] = 100;
      values[i + 2] = 50;
      values[i + 3] = 255;
    }
    byte[] jpeg = Pictures.withAdobeMarker(Pictures.jpegOfComponents(64, 64, 4, values), 0);
    Pixels pixels = window(jpeg, Cut.of(Region.all(64, 64), 8, 8), 3, 8, 8);
    for (int c = 0; c < 3; c++) {
      assertThat(value(pixels, c, 3, 5)).isCloseTo(values[c], within(3));
    }
  }

  @Test
  void everyCallAndEveryThreadSeesTheSameBits() throws Exception {
    byte[] jpeg = Photos.jpeg(201, 133, 5);
    List<Cut> cuts =
        List.of(
            Cut.of(new Region(3, 5, 120, 170), 50, 60),
            new Cut(Region.all(133, 201), 70, 100, -3, 44));
    List<Pixels> first = Picture.of(jpeg).windows(cuts, 3, 50, 60);
    List<Pixels> again = Picture.of(jpeg).windows(cuts, 3, 50, 60);
    List<Pixels> elsewhere =
        CompletableFuture.supplyAsync(
                () -> {
                  try {
                    return Picture.of(jpeg).windows(cuts, 3, 50, 60);
                  } catch (BadImageException e) {
                    throw new IllegalStateException(e);
                  }
                })
            .get();
    for (int i = 0; i < cuts.size(); i++) {
      assertThat(again.get(i).values()).isEqualTo(first.get(i).values());
      assertThat(elsewhere.get(i).values()).isEqualTo(first.get(i).values());
    }
  }

  private static Pixels window(byte[] file, Cut cut, int channels, int height, int width)
      throws BadImageException {
    return Picture.of(file).windows(List.of(cut), channels, height, width).get(0);
  }

  /** Mean distance of pixels to the means of the areas that they stand for. */
  private static double distance(Pixels pixels, Image whole, Region region) {
    double sum = 0;
    for (int c = 0; c < pixels.channels(); c++) {
      for (int y = 0; y < pixels.height(); y++) {
        for (int x = 0; x < pixels.width(); x++) {
          double top = region.top() + (double) y * region.height() / pixels.height();
          double left = region.left() + (double) x * region.width() / pixels.width();
          double mean =
              mean(
                  whole,
                  c,
                  (int) top,
                  (int) left,
                  (int) Math.ceil((double) region.height() / pixels.height()),
                  (int) Math.ceil((double) region.width() / pixels.width()));
          sum += Math.abs(mean - value(pixels, c, y, x));
        }
      }
    }
    return sum / pixels.values().length;
  }

  private static double mean(Image image, int channel, int top, int left, int rows, int columns) {
    double sum = 0;
    int count = 0;
    for (int y = top; y < Math.min(top + rows, image.height()); y++) {
      for (int x = left; x < Math.min(left + columns, image.width()); x++) {
        sum += image.pixels()[(channel * image.height() + y) * image.width() + x] & 0xff;
        count++;
      }
    }
    return sum / count;
  }

  private static byte[] planes(Pixels pixels) {
    byte[] planes = new byte[pixels.values().length];
    int at = 0;
    for (int c = 0; c < pixels.channels(); c++) {
      for (int y = 0; y < pixels.height(); y++) {
        for (int x = 0; x < pixels.width(); x++) {
          planes[at++] = (byte) value(pixels, c, y, x);
        }
      }
    }
    return planes;
  }

  private static int value(Pixels pixels, int channel, int y, int x) {
    return pixels.values()[(y * pixels.width() + x) * pixels.channels() + channel] & 0xff;
  }
}
