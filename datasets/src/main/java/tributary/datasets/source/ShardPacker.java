package tributary.datasets.source;

import java.io.IOException;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import tributary.datasets.Checks;
import tributary.datasets.DataException;
import tributary.datasets.Storage;
import tributary.datasets.image.Image;
import tributary.datasets.image.ImageDecoder;
import tributary.datasets.shard.Example;
import tributary.datasets.shard.ImageShape;
import tributary.datasets.shard.ShardWriter;

/** Writes one shard of a source. */
public final class ShardPacker {
  private ShardPacker() {}

  /**
   * Packs the examples {@code from} (inclusive) to {@code to} (exclusive) into one shard.
   *
   * <p>A pure function of its arguments: run twice, or by twins at once, it leaves the same two
   * files. Every image is decoded as training will, so what cannot be decoded is never packed.
   *
   * @param shardIndex of the shard in its split, from 0; part of its name
   * @param toDirectory folder of the dataset, made if missing
   */
  public static PackedShard pack(
      ExampleSource source,
      String split,
      int shardIndex,
      long from,
      long to,
      String toDirectory,
      Configuration conf)
      throws IOException {
    Path directory = new Path(toDirectory);
    PixelSums sums = PixelSums.none(source.imageShape().channels());
    try (ExampleCursor examples = source.open(split, from, to, conf);
        ShardWriter writer =
            new ShardWriter(
                Storage.fileSystem(directory, conf), directory, shardName(split, shardIndex))) {
      while (examples.hasNext()) {
        SourceExample next = examples.next();
        sums = sums.plus(PixelSums.of(image(next.example(), source.imageShape())));
        writer.add(next.example(), next.label());
      }
      return new PackedShard(writer.finish(), sums);
    }
  }

  static String shardName(String split, int shardIndex) {
    return Checks.format("%s-%05d", split, shardIndex);
  }

  private static Image image(Example example, ImageShape shape) throws DataException {
    byte[] encoded =
        example
            .image()
            .orElseThrow(() -> new DataException("Example " + example.key() + " has no image"))
            .getValue();
    Image image = ImageDecoder.decode(encoded, shape.channels());
    ImageShape found = new ImageShape(image.channels(), image.height(), image.width());
    if (!found.equals(shape)) {
      throw new DataException(
          Checks.format(
              "Example %s: expected an image of %s, found %s", example.key(), shape, found));
    }
    return image;
  }
}
