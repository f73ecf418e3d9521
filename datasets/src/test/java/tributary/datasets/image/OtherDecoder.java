package tributary.datasets.image;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.image.BufferedImage;
import java.awt.image.IndexColorModel;
import java.awt.image.Raster;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import javax.imageio.IIOException;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.MemoryCacheImageInputStream;

/** What the JDK's decoders and a look at the bytes say of pictures that ours accepted. */
final class OtherDecoder {
  /** Of 255: decoders differ a little in how they scale colour and smooth coarse scans. */
  private static final double MEAN_DISTANCE = 1;

  private OtherDecoder() {}

  /** Fails if libjpeg warns of anything that matters, or comes to another picture. */
  static void requireWholeJpeg(byte[] jpeg, Image decoded) throws IOException {
    List<JpegChanges.Segment> segments = JpegChanges.segments(jpeg);
    ByteBuffer bytes = ByteBuffer.wrap(jpeg);
    int frame =
        segments.stream().filter(JpegChanges.Segment::isFrame).findFirst().orElseThrow().from();
    requireSize(decoded, bytes.getShort(frame + 7), bytes.getShort(frame + 5), turns(jpeg));
    List<String> warnings = new ArrayList<>();
    Raster raster = read(JpegChanges.bare(jpeg), warnings);
    assertThat(warnings)
        .as("libjpeg's warnings")
        .allMatch(warning -> warning.startsWith("Invalid SOS parameters"));
    boolean storesLuma = raster.getNumBands() == 1 || hasUsualColours(jpeg);
    if (decoded.channels() == 1 && storesLuma && !turns(jpeg)) {
      int[] luma = raster.getSamples(0, 0, raster.getWidth(), raster.getHeight(), 0, (int[]) null);
      requireClose(decoded.pixels(), luma);
    }
  }

  /** Fails if ImageIO comes to another picture; what it does not read it says nothing about. */
  static void requireWholePng(byte[] png, Image decoded) {
    ByteBuffer bytes = ByteBuffer.wrap(png);
    requireSize(decoded, bytes.getInt(16), bytes.getInt(20), turns(png));
    BufferedImage other;
    try {
      other = ImageIO.read(new ByteArrayInputStream(png));
    } catch (IOException | RuntimeException e) {
      return;
    }
    if (decoded.channels() == 3 && other != null && !turns(png)) {
      requireClose(decoded.pixels(), colours(other));
    }
  }

  /** Samples as they are stored, {@code [channel][row][column]}: of 16 bits the upper 8. */
  private static int[] colours(BufferedImage image) {
    int plane = image.getHeight() * image.getWidth();
    int[] colours = new int[3 * plane];
    boolean isPalette = image.getColorModel() instanceof IndexColorModel;
    int bands = image.getRaster().getNumBands();
    int surplus = isPalette ? 0 : image.getColorModel().getComponentSize(0) - 8;
    for (int i = 0; i < colours.length; i++) {
      int x = i % plane % image.getWidth();
      int y = i % plane / image.getWidth();
      int channel = i / plane;
      colours[i] =
          isPalette
              ? image.getRGB(x, y) >> (16 - 8 * channel) & 255
              : image.getRaster().getSample(x, y, bands < 3 ? 0 : channel) >> surplus;
    }
    return colours;
  }

  private static Raster read(byte[] jpeg, List<String> warnings) throws IOException {
    ImageReader reader = ImageIO.getImageReadersByFormatName("jpeg").next();
    try (MemoryCacheImageInputStream in =
        new MemoryCacheImageInputStream(new ByteArrayInputStream(jpeg))) {
      reader.addIIOReadWarningListener((source, warning) -> warnings.add(warning));
      reader.setInput(in, true, true);
      return reader.readRaster(0, null);
    } catch (IIOException e) {
      throw new AssertionError("accepted, but libjpeg refuses it: " + e.getMessage(), e);
    } finally {
      reader.dispose();
    }
  }

  private static void requireSize(Image decoded, int width, int height, boolean turns) {
    List<Integer> found = List.of(decoded.width(), decoded.height());
    if (turns) {
      assertThat(found).as("size").containsExactlyInAnyOrder(width, height);
    } else {
      assertThat(found).as("size").containsExactly(width, height);
    }
  }

  private static void requireClose(byte[] decoded, int[] other) {
    assertThat(decoded).hasSize(other.length);
    long sum = 0;
    for (int i = 0; i < other.length; i++) {
      sum += Math.abs((decoded[i] & 0xff) - other[i]);
    }
    assertThat((double) sum / other.length)
        .as("mean distance from ImageIO's pixels")
        .isLessThan(MEAN_DISTANCE);
  }

  private static boolean turns(byte[] bytes) {
    String text = text(bytes);
    return text.contains("Exif") || text.contains("eXIf");
  }

  /** JFIF's are luma first; Adobe says itself what they are. */
  private static boolean hasUsualColours(byte[] jpeg) {
    String text = text(jpeg);
    return text.startsWith("JFIF\0", 6) && !text.contains("Adobe");
  }

  private static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.ISO_8859_1);
  }
}
