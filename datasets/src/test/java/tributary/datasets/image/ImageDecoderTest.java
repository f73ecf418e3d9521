package tributary.datasets.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.zip.DeflaterOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ImageDecoderTest {
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
    "9, 4, 'JPEG components: expected 1 (grey) or 3 (colour), found 4 (CMYK or YCCK)'",
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

  private static int frame(byte[] jpeg) {
    for (int at = 0; at < jpeg.length; at++) {
      if (jpeg[at] == (byte) 0xff && jpeg[at + 1] == (byte) 0xc0) {
        return at;
      }
    }
    throw new AssertionError("no frame header");
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
