package tributary.datasets.source;

import java.nio.ByteBuffer;
import java.util.List;
import tributary.datasets.Checks;
import tributary.datasets.image.Image;
import tributary.datasets.image.MeanImage;
import tributary.datasets.shard.Images;

/**
 * Sums of images of one shape, pixel by pixel: gathered in any order, they are the same. For one
 * thread.
 *
 * <p>A shard's are noted in 32 bits each, the sums in the order of {@link Image}:
 *
 * <pre>
 * offset  type   field
 *      0  int    number of images
 *      4  int[]  sums {@code [channels][height][width]}
 * </pre>
 */
final class ImageSum {
  /** Of a shard, so that sums fit. */
  private static final int MOST_IMAGES = Integer.MAX_VALUE / 255;

  private Images.Size size;
  private long[] sums;
  private long images;
  private boolean abandoned;

  /** Whether the sums over a shard's images are of use: they have one size, and are not huge. */
  static boolean isOf(PackedShard packed) {
    List<Images.Size> sizes = packed.sizes();
    return sizes.size() == 1
        && isSmall(sizes.get(0), packed.sums().sums().size())
        && packed.shard().examples() <= MOST_IMAGES;
  }

  /** Takes in an image. What cannot be of use is given up. */
  void add(Image image) {
    Images.Size found = new Images.Size(image.height(), image.width());
    if (images == 0 && !abandoned) {
      size = found;
      abandoned = !isSmall(found, image.channels());
      sums = abandoned ? null : new long[image.pixels().length];
    }
    if (abandoned || !found.equals(size) || images == MOST_IMAGES) {
      abandoned = true;
      sums = null;
      return;
    }
    byte[] pixels = image.pixels();
    for (int i = 0; i < pixels.length; i++) {
      sums[i] += pixels[i] & 0xff;
    }
    images++;
  }

  /** Takes in what {@link #toBytes} told of a shard. */
  void add(byte[] noted) {
    ByteBuffer buffer = ByteBuffer.wrap(noted);
    images += buffer.getInt();
    if (sums == null) {
      sums = new long[buffer.remaining() / Integer.BYTES];
    }
    Checks.argument(
        buffer.remaining() == (long) sums.length * Integer.BYTES,
        "sums over images of %d values do not fit %d bytes",
        sums.length,
        buffer.remaining());
    for (int i = 0; i < sums.length; i++) {
      sums[i] += buffer.getInt();
    }
  }

  /** The sums over a shard that they are of use for. */
  byte[] toBytes() {
    ByteBuffer buffer = ByteBuffer.allocate((1 + sums.length) * Integer.BYTES);
    buffer.putInt(Math.toIntExact(images));
    for (long sum : sums) {
      buffer.putInt(Math.toIntExact(sum));
    }
    return buffer.array();
  }

  /** The mean of at least one image. */
  MeanImage mean(int channels, Images.Size of) {
    return MeanImage.of(channels, of.height(), of.width(), sums, images);
  }

  private static boolean isSmall(Images.Size size, int channels) {
    return (long) size.height() * size.width() * channels <= MeanImage.MAX_VALUES;
  }
}
