package tributary.datasets.source;

import java.nio.charset.StandardCharsets;
import java.util.SortedMap;
import java.util.TreeMap;
import tributary.datasets.Checks;
import tributary.datasets.image.BadImageException;
import tributary.datasets.image.Image;
import tributary.datasets.image.ImageDecoder;
import tributary.datasets.image.ImageFormat;
import tributary.datasets.image.ImageShrinker;
import tributary.datasets.image.Picture;
import tributary.datasets.shard.BadExampleException;
import tributary.datasets.shard.Example;

/**
 * Makes what a source read into what a shard holds: images in a known format, no larger than
 * wanted, and found to be whole.
 */
final class Preparation {
  /** What sources call an image, whatever its format. */
  static final String IMAGE = "img";

  /** A picture whose pixels are classes. */
  static final String MASK = "mask.png";

  private final PackSettings settings;

  Preparation(PackSettings settings) {
    this.settings = settings;
  }

  /**
   * An example of a shard.
   *
   * @param fields as {@link RowReader#read} gives them
   * @param name in its source; null if it has none
   * @param label class index; negative if it has none
   * @throws BadImageException if its image cannot be used
   * @throws BadExampleException if its mask is not of the image's size
   */
  Prepared prepare(String key, SortedMap<String, byte[]> fields, String name, int label)
      throws BadImageException, BadExampleException {
    SortedMap<String, byte[]> made = new TreeMap<>(fields);
    if (name != null) {
      made.put(Example.NAME_FIELD, name.getBytes(StandardCharsets.UTF_8));
    }
    if (label >= 0) {
      made.put(Example.LABEL_FIELD, Integer.toString(label).getBytes(StandardCharsets.US_ASCII));
    }
    byte[] encoded = made.remove(IMAGE);
    return encoded == null
        ? new Prepared(new Example(key, made), null)
        : withImage(key, made, encoded);
  }

  private Prepared withImage(String key, SortedMap<String, byte[]> fields, byte[] encoded)
      throws BadImageException, BadExampleException {
    byte[] kept =
        settings.shortSide() == 0
            ? encoded
            : ImageShrinker.shrink(
                encoded, settings.channels(), settings.shortSide(), settings.jpegQuality());
    Image image = ImageDecoder.decode(kept, settings.channels());
    fields.put(ImageFormat.of(kept).orElseThrow().extension(), kept);
    byte[] mask = fields.get(MASK);
    if (mask != null) {
      requireSameSize(Picture.of(encoded), Picture.of(mask));
      fields.put(MASK, ImageShrinker.resizeMask(mask, image.height(), image.width()));
    }
    return new Prepared(new Example(key, fields), image);
  }

  /** A mask that were stretched would name the wrong pixels. */
  private static void requireSameSize(Picture image, Picture mask) throws BadExampleException {
    if (image.height() != mask.height() || image.width() != mask.width()) {
      throw new BadExampleException(
          Checks.format(
              "mask: expected %dx%d pixels, as the upright image has, found %dx%d",
              image.width(), image.height(), mask.width(), mask.height()));
    }
  }

  /**
   * An example, ready to be written.
   *
   * @param image decoded as training will; null if it has none
   */
  record Prepared(Example example, Image image) {}
}
