package tributary.datasets.testing;

import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import tributary.datasets.Seeds;

/**
 * Parts of real photographs, made as small as ImageNet's pictures are. Those of {@link Photos} need
 * no data to be fetched.
 */
public final class Photographs {
  private static final float QUALITY = 0.95f;
  private static final double SMALLEST_PART = 0.4;

  private Photographs() {}

  /**
   * JPEGs of one size, each another part of one of the photographs, by turns.
   *
   * @throws AssertionError if the photographs cannot be fetched
   */
  public static List<byte[]> jpegs(int width, int height, int count) {
    Path folder = FetchedData.directory("photographs");
    List<String> names = Folders.names(folder);
    byte[][] jpegs = new byte[count][];
    for (int first = 0; first < Math.min(count, names.size()); first++) {
      BufferedImage photograph = read(folder.resolve(names.get(first)));
      for (int i = first; i < count; i += names.size()) {
        BufferedImage small = small(part(photograph, width, height, i), width, height);
        jpegs[i] = Photos.jpeg(new IIOImage(small, null, null), QUALITY);
      }
    }
    return List.of(jpegs);
  }

  private static BufferedImage read(Path file) {
    try {
      return ImageIO.read(file.toFile());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A part of the wanted shape, from two fifths of the photograph's width up to all of it. */
  private static BufferedImage part(BufferedImage photograph, int width, int height, long seed) {
    SplittableRandom random = Seeds.random(seed);
    double share = SMALLEST_PART + (1 - SMALLEST_PART) * random.nextDouble();
    int columns = (int) (share * photograph.getWidth());
    columns = Math.min(columns, photograph.getHeight() * width / height);
    int rows = columns * height / width;
    int left = random.nextInt(photograph.getWidth() - columns + 1);
    int top = random.nextInt(photograph.getHeight() - rows + 1);
    return photograph.getSubimage(left, top, columns, rows);
  }

  /** Halves as long as it can, so that every pixel counts. */
  private static BufferedImage small(BufferedImage large, int width, int height) {
    BufferedImage picture = large;
    while (picture.getWidth() >= 2 * width) {
      picture = scaled(picture, picture.getWidth() / 2, picture.getHeight() / 2);
    }
    return scaled(picture, width, height);
  }

  private static BufferedImage scaled(BufferedImage picture, int width, int height) {
    BufferedImage scaled = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    Graphics2D graphics = scaled.createGraphics();
    graphics.setRenderingHint(
        RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_BILINEAR);
    graphics.drawImage(picture, 0, 0, width, height, null);
    graphics.dispose();
    return scaled;
  }
}
