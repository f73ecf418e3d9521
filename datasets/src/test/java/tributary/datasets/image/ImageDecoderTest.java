package tributary.datasets.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.awt.Transparency;
import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.ColorModel;
import java.awt.image.ComponentColorModel;
import java.awt.image.DataBuffer;
import java.io.ByteArrayOutputStream;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.zip.DeflaterOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tributary.datasets.Seeds;
import tributary.datasets.testing.Mutant;
import tributary.datasets.testing.Photos;

class ImageDecoderTest {
  private static final int PNG_COLOUR_TYPE = 25;
  private static final byte[] END = Pictures.chunk("IEND", new byte[0]);

  @ParameterizedTest
  @CsvSource({
    "png, 10, grey 8 bits",
    "png, 11, grey 16 bits",
    "png, 12, grey 1 bit",
    "png, 13, palette",
    "png, 5, RGB",
    "png, 2, RGBA",
    "jpg, 10, grey",
    "jpg, 5, YCbCr"
  })
  void everyKindBecomesOneAndThreeChannels(String format, int type, String kind)
      throws BadImageException {
    byte[] encoded = Pictures.gradient(format, type, 16, 8);
    for (int channels : new int[] {1, 3}) {
      Image image = ImageDecoder.decode(encoded, channels);
      assertThat(image.channels()).as(kind).isEqualTo(channels);
      assertThat(image.height()).isEqualTo(8);
      assertThat(image.width()).isEqualTo(16);
      for (int c = 0; c < channels; c++) {
        assertThat(pixel(image, c, 4, 0)).as(kind).isCloseTo(0, within(8));
        assertThat(pixel(image, c, 4, 15)).as(kind).isCloseTo(255, within(8));
      }
    }
  }

  @Test
  void coloursComeAsRedGreenBlue() throws BadImageException {
    BufferedImage picture = new BufferedImage(2, 1, BufferedImage.TYPE_INT_RGB);
    picture.setRGB(0, 0, 0x0a141e);
    picture.setRGB(1, 0, 0x28323c);

    Image image = ImageDecoder.decode(Pictures.encode("png", picture), 3);

    assertThat(image.pixels()).containsExactly(10, 40, 20, 50, 30, 60);
  }

  @Test
  void alphaIsDropped() throws BadImageException {
    BufferedImage picture = new BufferedImage(1, 1, BufferedImage.TYPE_INT_ARGB);
    picture.setRGB(0, 0, 0x000a141e);

    Image image = ImageDecoder.decode(Pictures.encode("png", picture), 3);

    assertThat(image.pixels()).containsExactly(10, 20, 30);
  }

  @Test
  void sixteenBitsKeepTheHighByte() throws BadImageException {
    BufferedImage picture = new BufferedImage(3, 1, BufferedImage.TYPE_USHORT_GRAY);
    picture.getRaster().setSample(0, 0, 0, 0);
    picture.getRaster().setSample(1, 0, 0, 0x1234);
    picture.getRaster().setSample(2, 0, 0, 0xffff);

    Image image = ImageDecoder.decode(Pictures.encode("png", picture), 1);

    assertThat(image.pixels()).containsExactly(0, 0x12, 0xff);

    BufferedImage colour = picture(ColorSpace.CS_sRGB, false, DataBuffer.TYPE_USHORT);
    colour.getRaster().setPixel(0, 0, new int[] {0x1234, 0xffff, 0x80ff});
    assertThat(ImageDecoder.decode(Pictures.encode("png", colour), 3).pixels())
        .containsExactly(0x12, 0xff, 0x80);
  }

  @Test
  void greyWithAlphaIsItsGrey() throws BadImageException {
    BufferedImage picture = picture(ColorSpace.CS_GRAY, true, DataBuffer.TYPE_BYTE);
    picture.getRaster().setPixel(0, 0, new int[] {77, 0});

    byte[] png = Pictures.encode("png", picture);

    assertThat(png[PNG_COLOUR_TYPE]).as("grey and alpha").isEqualTo((byte) 4);
    assertThat(ImageDecoder.decode(png, 1).pixels()).containsExactly(77);
    assertThat(ImageDecoder.decode(png, 3).pixels()).containsExactly(77, 77, 77);
  }

  /** One pixel of a kind that {@link BufferedImage} has no number for. */
  private static BufferedImage picture(int space, boolean hasAlpha, int sample) {
    ColorModel kind =
        new ComponentColorModel(
            ColorSpace.getInstance(space),
            hasAlpha,
            false,
            hasAlpha ? Transparency.TRANSLUCENT : Transparency.OPAQUE,
            sample);
    return new BufferedImage(kind, kind.createCompatibleWritableRaster(1, 1), false, null);
  }

  @Test
  void aPictureOnItsSideIsTurnedUpright() throws BadImageException {
    byte[] jpeg = Pictures.gradient("jpg", BufferedImage.TYPE_BYTE_GRAY, 16, 8);

    Image image = ImageDecoder.decode(Pictures.withOrientation(jpeg, 6), 1);

    assertThat(image.height()).isEqualTo(16);
    assertThat(image.width()).isEqualTo(8);
    assertThat(pixel(image, 0, 0, 4)).isLessThan(20);
    assertThat(pixel(image, 0, 15, 4)).isGreaterThan(235);
  }

  @ParameterizedTest
  @ValueSource(strings = {"png", "jpg"})
  void everyTruncationIsRefused(String format) {
    byte[] whole = Pictures.gradient(format, BufferedImage.TYPE_INT_RGB, 24, 24);
    for (int length = 0; length < whole.length; length++) {
      byte[] part = Arrays.copyOf(whole, length);
      assertThatThrownBy(() -> ImageDecoder.decode(part, 3))
          .as("%d of %d bytes", length, whole.length)
          .isInstanceOf(BadImageException.class);
    }
  }

  @Test
  void aTruncatedJpegIsNamed() {
    byte[] whole = Pictures.gradient("jpg", BufferedImage.TYPE_INT_RGB, 24, 24);
    assertThatThrownBy(() -> ImageDecoder.decode(Arrays.copyOf(whole, whole.length - 100), 3))
        .hasMessageMatching("truncated JPEG: expected end marker FF D9, found none in \\d+ bytes");
  }

  @Test
  void bytesAfterTheEndDoNoHarm() throws BadImageException {
    for (String format : new String[] {"png", "jpg"}) {
      byte[] whole = Pictures.gradient(format, BufferedImage.TYPE_INT_RGB, 24, 24);
      byte[] longer = Arrays.copyOf(whole, whole.length + 37);
      assertThat(ImageDecoder.decode(longer, 3).pixels())
          .isEqualTo(ImageDecoder.decode(whole, 3).pixels());
    }
  }

  @Test
  void everyFlippedByteOfAPngIsFound() {
    byte[] good = Pictures.gradient("png", BufferedImage.TYPE_BYTE_GRAY, 8, 8);
    for (int at = 0; at < good.length; at++) {
      byte[] bad = good.clone();
      bad[at] ^= 4;
      assertThatThrownBy(() -> ImageDecoder.decode(bad, 1))
          .as("byte %d", at)
          .isInstanceOf(BadImageException.class);
    }
  }

  @Test
  void aPngWithTooFewPixelsIsNeverHalfGrey() throws Exception {
    byte[] header = Pictures.chunk("IHDR", Pictures.header(16, 16, 8, 0));
    byte[] half = Pictures.chunk("IDAT", deflated(new byte[8 * 17]));
    assertThatThrownBy(() -> ImageDecoder.decode(Pictures.png(header, half, END), 1))
        .isInstanceOf(BadImageException.class)
        .hasMessageContaining("PNG");
    byte[] none = Pictures.png(header, END);
    assertThatThrownBy(() -> ImageDecoder.decode(none, 1)).isInstanceOf(BadImageException.class);
  }

  @ParameterizedTest
  @CsvSource(
      nullValues = "none",
      value = {
        "'', an empty file",
        "GIF89a..., GIF",
        "RIFF....WEBPVP8 , WebP",
        "BM...., BMP",
        "' <!DOCTYPE html><p>Not found', HTML",
        "<HTML>, HTML",
        "\u0000\u0000\u0000\u0001Bud1, unknown bytes"
      })
  void otherKindsAreRefusedByName(String start, String name) {
    byte[] bytes = start.getBytes(StandardCharsets.ISO_8859_1);
    assertThatThrownBy(() -> ImageDecoder.decode(bytes, 3))
        .isInstanceOf(BadImageException.class)
        .hasMessage("expected PNG or JPEG, found " + name);
  }

  @Test
  void aHugePngIsRefusedByItsHeader() {
    byte[] huge =
        Pictures.png(
            Pictures.chunk("IHDR", Pictures.header(30_000, 30_000, 8, 2)),
            Pictures.chunk("IDAT", new byte[100_000]),
            END);
    assertThatThrownBy(() -> ImageDecoder.decode(huge, 3))
        .isInstanceOf(BadImageException.class)
        .hasMessage("PNG of 30000x30000 pixels: expected at most 67108864 pixels");
  }

  @Test
  void anAnimationIsRefused() {
    byte[] png = Pictures.gradient("png", BufferedImage.TYPE_BYTE_GRAY, 10, 10);
    byte[] control = Pictures.chunk("acTL", new byte[] {0, 0, 0, 1, 0, 0, 0, 0});
    byte[] animated = Mutant.replaced("animated", png, 33, 33, control).bytes();
    assertThatThrownBy(() -> ImageDecoder.decode(animated, 1))
        .isInstanceOf(BadImageException.class)
        .hasMessage("PNG: expected a still picture, found an animation (chunk acTL at byte 33)");
  }

  @Test
  void aCallerCanAllowFewerPixels() {
    byte[] png = Pictures.gradient("png", BufferedImage.TYPE_BYTE_GRAY, 10, 10);
    assertThatThrownBy(() -> ImageDecoder.decode(png, 1, 99))
        .hasMessage("PNG of 10x10 pixels: expected at most 99 pixels");
  }

  @ParameterizedTest
  @CsvSource({
    "0, 5, 8, 0, has no area",
    "5, -1, 8, 0, has no area",
    "5, 5, 8, 1, 'colour type: expected 0, 2, 3, 4 or 6, found 1'",
    "5, 5, 3, 0, 'bit depth: expected 1, 2, 4, 8 or 16, found 3'"
  })
  void aSenselessPngHeaderIsRefused(int width, int height, int depth, int type, String message) {
    byte[] png =
        Pictures.png(Pictures.chunk("IHDR", Pictures.header(width, height, depth, type)), END);
    assertThatThrownBy(() -> ImageDecoder.decode(png, 1))
        .isInstanceOf(BadImageException.class)
        .hasMessageContaining(message);
  }

  @ParameterizedTest
  @CsvSource({
    "9, 2, 'JPEG components: expected 1 (grey), 3 (colour) or 4 (inks), found 2'",
    "4, 12, 'JPEG bit depth: expected 8, found 12'",
    "1, 0xc3, 'JPEG process: expected baseline or progressive (SOF0..SOF2), found SOF3'"
  })
  void aJpegThatIsNotDecodedIsRefusedByName(int atInFrame, String value, String message) {
    byte[] jpeg = Pictures.gradient("jpg", BufferedImage.TYPE_INT_RGB, 8, 8);
    jpeg[frame(jpeg) + atInFrame] = Integer.decode(value).byteValue();
    assertThatThrownBy(() -> ImageDecoder.decode(jpeg, 3))
        .isInstanceOf(BadImageException.class)
        .hasMessage(message);
  }

  @Test
  void inksBecomeTheColoursThatTheyWereMadeFrom() throws BadImageException {
    BufferedImage picture = Photos.picture(96, 64, 3);
    byte[] cmyk = Pictures.jpegOfComponents(96, 64, 4, inks(picture, false));
    byte[] ycck = Pictures.jpegOfComponents(96, 64, 4, inks(picture, true));

    assertColours(Pictures.withAdobeMarker(cmyk, 0), picture, "CMYK");
    assertColours(Pictures.withAdobeMarker(ycck, 2), picture, "YCCK");
  }

  @Test
  void inksOfUnknownMeaningAreRefused() {
    BufferedImage picture = Photos.picture(16, 16, 3);
    byte[] jpeg = Pictures.jpegOfComponents(16, 16, 4, inks(picture, false));
    assertThatThrownBy(() -> ImageDecoder.decode(jpeg, 3))
        .isInstanceOf(BadImageException.class)
        .hasMessage(
            "JPEG of 4 components: expected Adobe's APP14 marker with transform 0 (CMYK) or 2"
                + " (YCCK), found none; its colours cannot be told");
    assertThatThrownBy(() -> ImageDecoder.decode(Pictures.withAdobeMarker(jpeg, 1), 3))
        .isInstanceOf(BadImageException.class)
        .hasMessageContaining("found transform 1");
  }

  /** Inverted, as Adobe stores them: a pixel's grey share is black ink. */
  private static int[] inks(BufferedImage picture, boolean asLumaAndChroma) {
    int[] values = new int[picture.getWidth() * picture.getHeight() * 4];
    int at = 0;
    for (int y = 0; y < picture.getHeight(); y++) {
      for (int x = 0; x < picture.getWidth(); x++) {
        int rgb = picture.getRGB(x, y);
        int paper = Math.max(128, Math.max(rgb >> 16 & 255, Math.max(rgb >> 8 & 255, rgb & 255)));
        double[] left = new double[3];
        for (int c = 0; c < 3; c++) {
          left[c] = (rgb >> (16 - 8 * c) & 255) * 255.0 / paper;
        }
        double[] stored = asLumaAndChroma ? lumaAndChroma(left) : left;
        for (double value : stored) {
          values[at++] = (int) Math.max(0, Math.min(255, Math.round(value)));
        }
        values[at++] = paper;
      }
    }
    return values;
  }

  /** YCCK is YCbCr of what the inks take away. */
  private static double[] lumaAndChroma(double[] left) {
    double red = 255 - left[0];
    double green = 255 - left[1];
    double blue = 255 - left[2];
    return new double[] {
      0.299 * red + 0.587 * green + 0.114 * blue,
      128 - 0.168736 * red - 0.331264 * green + 0.5 * blue,
      128 + 0.5 * red - 0.418688 * green - 0.081312 * blue
    };
  }

  private static void assertColours(byte[] jpeg, BufferedImage expected, String what)
      throws BadImageException {
    Image image = ImageDecoder.decode(jpeg, 3);
    for (int c = 0; c < 3; c++) {
      long sum = 0;
      long distance = 0;
      for (int y = 0; y < image.height(); y++) {
        for (int x = 0; x < image.width(); x++) {
          int wanted = expected.getRGB(x, y) >> (16 - 8 * c) & 255;
          sum += pixel(image, c, y, x) - wanted;
          distance += Math.abs(pixel(image, c, y, x) - wanted);
        }
      }
      double pixels = image.height() * image.width();
      assertThat(sum / pixels).as("%s: mean of channel %d", what, c).isCloseTo(0, within(3.0));
      assertThat(distance / pixels).as("%s: pixels of channel %d", what, c).isLessThan(6);
    }
  }

  @Test
  void everyOrientationIsThatOfTheStandard() throws BadImageException {
    byte[] jpeg = Photos.jpeg(48, 32, 1);
    Image stored = ImageDecoder.decode(jpeg, 3);
    for (int orientation = 1; orientation <= 8; orientation++) {
      Image upright = ImageDecoder.decode(Pictures.withOrientation(jpeg, orientation), 3);
      assertThat(upright.pixels())
          .as("orientation %d", orientation)
          .isEqualTo(turned(stored, orientation));
    }
  }

  @Test
  void aPngOnItsSideIsTurnedUprightToo() throws BadImageException {
    byte[] plain = Pictures.encode("png", Photos.picture(24, 16, 1));
    for (ByteOrder order : new ByteOrder[] {ByteOrder.BIG_ENDIAN, ByteOrder.LITTLE_ENDIAN}) {
      byte[] exif = Pictures.chunk("eXIf", Pictures.tiff(8, order));
      byte[] png = new byte[plain.length + exif.length];
      System.arraycopy(plain, 0, png, 0, 33);
      System.arraycopy(exif, 0, png, 33, exif.length);
      System.arraycopy(plain, 33, png, 33 + exif.length, plain.length - 33);
      Image upright = ImageDecoder.decode(png, 3);
      assertThat(upright.pixels()).isEqualTo(turned(ImageDecoder.decode(plain, 3), 8));
    }
  }

  @Test
  void exifThatMakesNoSenseTurnsNothing() throws BadImageException {
    byte[] jpeg = Photos.jpeg(24, 16, 1);
    byte[] plain = ImageDecoder.decode(jpeg, 1).pixels();
    SplittableRandom random = Seeds.random(8);
    assertThat(ImageDecoder.decode(Pictures.withOrientation(jpeg, 9), 1).pixels()).isEqualTo(plain);
    for (int i = 0; i < 300; i++) {
      byte[] odd = Pictures.withOrientation(jpeg, 1);
      odd[12 + random.nextInt(10)] = (byte) random.nextInt(256);
      assertThat(ImageDecoder.decode(odd, 1).pixels()).isEqualTo(plain);
    }
  }

  /** By EXIF 2.32, tag 274: which side of the picture the first row and the first column are. */
  private static byte[] turned(Image stored, int orientation) {
    boolean swaps = orientation >= 5;
    int height = swaps ? stored.width() : stored.height();
    int width = swaps ? stored.height() : stored.width();
    boolean fromBottom =
        orientation == 3 || orientation == 4 || orientation == 7 || orientation == 8;
    boolean fromRight =
        orientation == 2 || orientation == 3 || orientation == 6 || orientation == 7;
    byte[] pixels = new byte[stored.pixels().length];
    int at = 0;
    for (int c = 0; c < stored.channels(); c++) {
      for (int y = 0; y < height; y++) {
        for (int x = 0; x < width; x++) {
          int row = fromBottom ? height - 1 - y : y;
          int column = fromRight ? width - 1 - x : x;
          pixels[at++] =
              (byte) (swaps ? pixel(stored, c, column, row) : pixel(stored, c, row, column));
        }
      }
    }
    return pixels;
  }

  @Test
  void aScanThatEndsTooEarlyIsRefused() {
    byte[] whole = Photos.jpeg(160, 120, 2);
    for (int missing = 8; missing < whole.length - 1_000; missing += 97) {
      byte[] shorter = Arrays.copyOf(whole, whole.length - missing);
      shorter[shorter.length - 3] = 0;
      shorter[shorter.length - 2] = (byte) 0xff;
      shorter[shorter.length - 1] = (byte) 0xd9;
      assertThatThrownBy(() -> ImageDecoder.decode(shorter, 3))
          .as("%d bytes cut out of %d", missing, whole.length)
          .isInstanceOf(BadImageException.class)
          .hasMessageContaining("damaged inside: Corrupt JPEG data");
    }
  }

  @Test
  void aDamagedJpegIsNotMadeSmallerIntoAWholeOne() {
    byte[] whole = Photos.jpeg(160, 120, 2);
    byte[] shorter = Arrays.copyOf(whole, whole.length / 2);
    shorter[shorter.length - 2] = (byte) 0xff;
    shorter[shorter.length - 1] = (byte) 0xd9;
    assertThatThrownBy(() -> ImageShrinker.shrink(shorter, 3, 60, 90))
        .isInstanceOf(BadImageException.class)
        .hasMessageContaining("damaged inside: Corrupt JPEG data");
  }

  @Test
  @Timeout(120)
  void changedBytesMakeABadImageOrAWholeOne() {
    byte[] whole = Photos.jpeg(64, 48, 4);
    SplittableRandom random = Seeds.random(9);
    int refused = 0;
    for (int i = 0; i < 2_000; i++) {
      byte[] bad = whole.clone();
      for (int j = random.nextInt(4); j >= 0; j--) {
        bad[random.nextInt(bad.length)] = (byte) random.nextInt(256);
      }
      try {
        Image image = ImageDecoder.decode(bad, 3, 1 << 16);
        assertThat(image.pixels()).hasSize(3 * image.height() * image.width());
      } catch (BadImageException e) {
        refused++;
      }
    }
    assertThat(refused).as("of 2000 changed files").isBetween(400, 1_900);
  }

  @Test
  void aJpegOfEndlessScansIsRefused() {
    byte[] jpeg = Photos.jpeg(16, 16, 1);
    int scan = marker(jpeg, 0xda);
    ByteArrayOutputStream many = new ByteArrayOutputStream();
    many.write(jpeg, 0, scan);
    for (int i = 0; i < 201; i++) {
      many.write(jpeg, scan, jpeg.length - 2 - scan);
    }
    many.write(jpeg, jpeg.length - 2, 2);
    assertThatThrownBy(() -> ImageDecoder.decode(many.toByteArray(), 3))
        .hasMessage("JPEG: expected at most 200 scans, found more");
  }

  private static int frame(byte[] jpeg) {
    return marker(jpeg, 0xc0);
  }

  private static int marker(byte[] jpeg, int code) {
    for (int at = 0; at < jpeg.length; at++) {
      if (jpeg[at] == (byte) 0xff && jpeg[at + 1] == (byte) code) {
        return at;
      }
    }
    throw new AssertionError("no marker " + code);
  }

  private static byte[] deflated(byte[] bytes) throws Exception {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (DeflaterOutputStream deflater = new DeflaterOutputStream(out)) {
      deflater.write(bytes);
    }
    return out.toByteArray();
  }

  private static int pixel(Image image, int channel, int y, int x) {
    return image.pixels()[(channel * image.height() + y) * image.width() + x] & 0xff;
  }
}
