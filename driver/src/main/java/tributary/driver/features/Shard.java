package tributary.driver.features;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import tributary.datasets.shard.Manifest;
import tributary.datasets.shard.MissingDatasetException;
import tributary.datasets.shard.ShardInfo;
import tributary.worker.train.Places;

/**
 * A shard to extract. Sent.
 *
 * @param split that it belongs to
 * @param name of it
 * @param places numbers of its examples in the split
 */
record Shard(String split, String name, Places places) implements Serializable {
  /** The shards of a split, in order. */
  static List<Shard> of(Manifest manifest, String split) throws MissingDatasetException {
    List<Shard> shards = new ArrayList<>();
    long first = 0;
    for (ShardInfo shard : manifest.shards(split)) {
      shards.add(new Shard(split, shard.name(), Places.of(first, shard.examples())));
      first += shard.examples();
    }
    return shards;
  }
}
