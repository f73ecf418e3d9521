package tributary.datasets.source;

import java.io.IOException;
import java.io.Serializable;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import tributary.datasets.shard.ImageShape;

/**
 * A labelled dataset in a foreign format: named on the driver, opened where it is packed.
 *
 * <p>An implementation has checked its files when it exists; it holds their paths, not their bytes.
 */
public sealed interface ExampleSource extends Serializable permits IdxSource {
  /** Split names, in order. */
  List<String> splits();

  /** Number of examples of a split. */
  long examples(String split);

  /** Class names; a label is a position in this list. */
  List<String> classes();

  /** Shape of every image. */
  ImageShape imageShape();

  /**
   * Opens the examples {@code from} (inclusive) to {@code to} (exclusive) of a split.
   *
   * <p>The key of an example is its number in the split, padded to seven digits; its image is a
   * PNG.
   */
  ExampleCursor open(String split, long from, long to, Configuration conf) throws IOException;
}
