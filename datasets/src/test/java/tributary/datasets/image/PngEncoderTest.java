package tributary.datasets.image;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.SplittableRandom;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import tributary.datasets.Seeds;

class PngEncoderTest {
  @Test
  void theDecoderGetsThePixelsBack() throws BadImageException {
    SplittableRandom random = Seeds.random(1);
    for (int i = 0; i < 50; i++) {
      Image image = noise(random);
      Image back = ImageDecoder.decode(PngEncoder.encode(image), image.channels());
      assertThat(back).usingRecursiveComparison().isEqualTo(image);
    }
  }

  @Test
  void anotherDecoderSeesTheSameColours() throws IOException {
    Image image = new Image(3, 1, 2, new byte[] {10, 40, 20, 50, 30, 60});
    var picture = ImageIO.read(new ByteArrayInputStream(PngEncoder.encode(image)));
    assertThat(picture.getRGB(0, 0)).isEqualTo(0xff0a141e);
    assertThat(picture.getRGB(1, 0)).isEqualTo(0xff28323c);
  }

  @Test
  void itsBytesNeverChange() throws Exception {
    byte[] pixels = new byte[28 * 28];
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = (byte) (i * i / 28);
    }
    byte[] png = PngEncoder.encode(new Image(1, 28, 28, pixels));
    assertThat(HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(png)))
        .isEqualTo("a881ff16f88108c36bc2ba564e71850482abea6866649c6d798109bbe736ce18");
  }

  private static Image noise(SplittableRandom random) {
    int channels = random.nextBoolean() ? 1 : 3;
    int height = random.nextInt(1, 40);
    int width = random.nextInt(1, 40);
    byte[] pixels = new byte[channels * height * width];
    random.nextBytes(pixels);
    return new Image(channels, height, width, pixels);
  }
}
