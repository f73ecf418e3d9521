package tributary.datasets.image;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.concurrent.atomic.AtomicReference;
import javax.imageio.ImageIO;
import javax.imageio.ImageReadParam;
import javax.imageio.ImageReader;
import javax.imageio.stream.MemoryCacheImageInputStream;

/**
 * Whether the compressed data inside a JPEG of right structure can be decoded to its end.
 *
 * <p>Where libjpeg meets a code that is none, or data that ends too early or too late, it fills up
 * with grey and only warns; OpenCV prints such warnings and goes on. The JDK's own reader, the same
 * library, passes them on, so that they can be heeded. It costs several times what OpenCV's decoder
 * does, and is for when data comes in. It gets nothing but what the pixels are made of, because it
 * stumbles over colour profiles and thumbnails that OpenCV does not look at.
 *
 * <p>What cannot be known: a changed byte that makes other codes, but as many of them, leaves a
 * JPEG as right as any other, with a wrong picture in it. The checksums of shards find what changes
 * later.
 */
final class JpegScans {
  private static final int KEPT_PIXELS = 16;

  /** Cameras write such; the parameters mean nothing where they are wrong. */
  private static final String HARMLESS = "Invalid SOS parameters for sequential JPEG";

  private JpegScans() {}

  /** Refuses a JPEG that libjpeg warns of, or refuses. */
  static void check(byte[] bytes, ImageHeader header) throws BadImageException {
    AtomicReference<String> damage = new AtomicReference<>();
    ImageReader reader = ImageIO.getImageReadersByFormatName("jpeg").next();
    try (MemoryCacheImageInputStream in =
        new MemoryCacheImageInputStream(
            new ByteArrayInputStream(JpegStructure.withoutRemarks(bytes)))) {
      reader.addIIOReadWarningListener(
          (source, warning) -> {
            if (!warning.startsWith(HARMLESS)) {
              damage.compareAndSet(null, warning);
            }
          });
      reader.setInput(in, true, true);
      reader.readRaster(0, fewPixelsOfAll(reader, header));
    } catch (BadImageException e) {
      throw e;
    } catch (IOException | RuntimeException e) {
      BadImageException bad =
          new BadImageException("JPEG that libjpeg cannot decode: " + e.getMessage());
      bad.initCause(e);
      throw bad;
    } finally {
      reader.dispose();
    }
    if (damage.get() != null) {
      throw new BadImageException("JPEG of right structure, but damaged inside: " + damage.get());
    }
  }

  /** Few pixels are kept, but all are decoded: the last row is among them. */
  private static ImageReadParam fewPixelsOfAll(ImageReader reader, ImageHeader header) {
    ImageReadParam few = reader.getDefaultReadParam();
    int rows = Math.max(1, header.height() / KEPT_PIXELS);
    int columns = Math.max(1, header.width() / KEPT_PIXELS);
    few.setSourceSubsampling(columns, rows, 0, (header.height() - 1) % rows);
    return few;
  }
}
