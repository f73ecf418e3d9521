package tributary.datasets.source;

import java.awt.image.Raster;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.ImageInputStream;
import javax.imageio.stream.MemoryCacheImageInputStream;
import tributary.datasets.Checks;
import tributary.datasets.image.BadImageException;
import tributary.datasets.image.Image;
import tributary.datasets.image.ImageDecoder;
import tributary.datasets.image.PngEncoder;
import tributary.datasets.shard.BadExampleException;

/** Pictures whose pixels are classes: a PNG with a palette, or grey, of at most 8 bits. */
final class Masks {
  /** The value of pixels that are of no class, as in Pascal VOC's borders. */
  static final int VOID = 255;

  private static final int BIT_DEPTH_AT = 24;
  private static final int COLOUR_TYPE_AT = 25;
  private static final int GREY = 0;
  private static final int PALETTE = 3;

  private Masks() {}

  /**
   * An 8-bit grey PNG of the classes: the samples as they are stored, which a decoder for the eye
   * would turn into the palette's colours, or stretch to 0..255.
   *
   * @param classes each value must be below, or {@value #VOID}
   * @throws BadExampleException if it is no such PNG, or a value is no class
   * @throws BadImageException if it is broken
   */
  static byte[] toGrey(byte[] png, int classes) throws IOException {
    ImageDecoder.decode(png, 1); // checks all that can be wrong with it
    int type = png[COLOUR_TYPE_AT];
    int bits = png[BIT_DEPTH_AT];
    if (png[0] != (byte) 0x89 || (type != GREY && type != PALETTE) || bits > 8) {
      throw new BadExampleException(
          "expected a PNG with a palette, or grey of at most 8 bits, found another");
    }
    Raster raster = raster(png);
    int height = raster.getHeight();
    int width = raster.getWidth();
    int[] samples = raster.getSamples(0, 0, width, height, 0, (int[]) null);
    byte[] values = new byte[samples.length];
    for (int i = 0; i < samples.length; i++) {
      if (samples[i] >= classes && samples[i] != VOID) {
        throw new BadExampleException(
            Checks.format(
                "pixel at row %d, column %d: expected a class in 0..%d or %d, found %d",
                i / width, i % width, classes - 1, VOID, samples[i]));
      }
      values[i] = (byte) samples[i];
    }
    return PngEncoder.encode(new Image(1, height, width, values));
  }

  private static Raster raster(byte[] png) throws IOException {
    ImageReader reader = ImageIO.getImageReadersByFormatName("png").next();
    try (ImageInputStream in = new MemoryCacheImageInputStream(new ByteArrayInputStream(png))) {
      reader.setInput(in);
      return reader.read(0).getRaster();
    } finally {
      reader.dispose();
    }
  }
}
