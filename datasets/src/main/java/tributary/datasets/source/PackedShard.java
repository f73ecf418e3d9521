package tributary.datasets.source;

import java.io.Serializable;
import tributary.datasets.shard.ShardInfo;

/**
 * What is known of a shard when it is written; sent from where it was packed to the driver.
 *
 * @param shard for the manifest
 * @param sums over the pixels of its images
 */
public record PackedShard(ShardInfo shard, PixelSums sums) implements Serializable {}
