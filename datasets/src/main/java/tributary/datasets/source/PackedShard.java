package tributary.datasets.source;

import java.io.Serializable;
import java.util.List;
import tributary.datasets.shard.Images;
import tributary.datasets.shard.ShardInfo;

/**
 * What is known of a shard when it is written; sent from where it was packed to the driver.
 *
 * @param shard for the manifest
 * @param sums over the pixels of its images
 * @param sizes of its images: none, one, or two that differ
 * @param bad examples that were left out
 */
public record PackedShard(
    ShardInfo shard, PixelSums sums, List<Images.Size> sizes, List<BadRow> bad)
    implements Serializable {
  public PackedShard {
    sizes = List.copyOf(sizes);
    bad = List.copyOf(bad);
  }
}
