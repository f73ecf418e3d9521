package tributary.datasets.testing;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import javax.imageio.stream.ImageOutputStream;
import tributary.datasets.Seeds;

/**
 * Colour pictures that are as hard to encode as photographs: waves of all lengths in all
 * directions, and some noise. Made by another encoder than ours.
 */
public final class Photos {
  private static final float QUALITY = 0.9f;

  private Photos() {}

  /** A JPEG of the usual quality. */
  public static byte[] jpeg(int width, int height, long seed) {
    return jpeg(new IIOImage(picture(width, height, seed), null, null), QUALITY);
  }

  /** A JPEG of any picture or raster. */
  public static byte[] jpeg(IIOImage picture, float quality) {
    return jpeg(picture, quality, ImageWriteParam.MODE_DISABLED);
  }

  /**
   * The same.
   *
   * @param progressive as {@link ImageWriteParam#setProgressiveMode} has it
   */
  public static byte[] jpeg(IIOImage picture, float quality, int progressive) {
    return encode(
        ImageIO.getImageWritersByFormatName("jpeg").next(),
        picture,
        settings -> {
          settings.setCompressionMode(ImageWriteParam.MODE_EXPLICIT);
          settings.setCompressionQuality(quality);
          settings.setProgressiveMode(progressive);
        });
  }

  /** A picture as a writer of the JDK's makes it; the writer cannot be used any more. */
  public static byte[] encode(
      ImageWriter writer, IIOImage picture, Consumer<ImageWriteParam> change) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ImageOutputStream out = ImageIO.createImageOutputStream(bytes)) {
      ImageWriteParam settings = writer.getDefaultWriteParam();
      change.accept(settings);
      writer.setOutput(out);
      writer.write(null, picture, settings);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      writer.dispose();
    }
    return bytes.toByteArray();
  }

  /** The picture of a seed. */
  public static BufferedImage picture(int width, int height, long seed) {
    SplittableRandom random = Seeds.random(seed);
    int waves = 8;
    double[] turn = random.doubles(waves, 0, 2 * Math.PI).toArray();
    double[] phase = random.doubles(waves + 3L, 0, 2 * Math.PI).toArray();
    BufferedImage picture = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        int rgb = 0;
        for (int c = 0; c < 3; c++) {
          double value = 128 + random.nextDouble(-8, 8);
          for (int k = 0; k < waves; k++) {
            double along = x * Math.cos(turn[k]) + y * Math.sin(turn[k]);
            value += 70 / Math.pow(1.6, k) * Math.sin(0.004 * (1 << k) * along + phase[k + c]);
          }
          rgb = rgb << 8 | (int) Math.max(0, Math.min(255, value));
        }
        picture.setRGB(x, y, rgb);
      }
    }
    return picture;
  }
}
