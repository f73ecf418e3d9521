package tributary.driver.pack;

import java.io.IOException;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.util.SerializableConfiguration;
import tributary.datasets.DataException;
import tributary.datasets.Storage;
import tributary.datasets.shard.Manifest;
import tributary.datasets.source.ExampleSource;
import tributary.datasets.source.PackPlan;
import tributary.datasets.source.PackPlan.ShardRange;
import tributary.datasets.source.PackedShard;
import tributary.datasets.source.ShardPacker;
import tributary.driver.spark.TaskOutcome;

/** Packs a source into shards: one task a shard, the same bytes on any cluster. Driver only. */
public final class PackJob {
  private final JavaSparkContext spark;

  /** A job on the executors of {@code spark}. */
  public PackJob(JavaSparkContext spark) {
    this.spark = spark;
  }

  /**
   * Packs {@code source} into {@code folder}; the manifest, which makes it a dataset, comes last.
   *
   * @param examplesPerShard &gt;= 1
   * @throws DataException if the folder holds a dataset already, or an example is bad
   */
  public Manifest pack(ExampleSource source, String folder, int examplesPerShard)
      throws IOException {
    Configuration hadoop = spark.hadoopConfiguration();
    Path manifestFile = new Path(folder, Manifest.FILE_NAME);
    FileSystem fs = Storage.fileSystem(manifestFile, hadoop);
    if (fs.exists(manifestFile)) {
      throw new DataException(
          "The folder " + folder + " holds a dataset already; remove it or pack to another");
    }
    if (!fs.mkdirs(manifestFile.getParent())) {
      throw new DataException("Cannot make the folder " + folder + "; name another with --to");
    }
    PackPlan plan = PackPlan.of(source, examplesPerShard);
    Task task =
        new Task(
            source,
            fs.makeQualified(new Path(folder)).toString(),
            spark.broadcast(new SerializableConfiguration(hadoop)));
    List<PackedShard> packed = new ArrayList<>();
    spark.setJobDescription("pack " + plan.ranges().size() + " shards to " + folder);
    for (TaskOutcome<PackedShard> shard :
        spark.parallelize(plan.ranges(), plan.ranges().size()).map(task::pack).collect()) {
      packed.add(shard.get());
    }
    Manifest manifest = plan.manifest(source, packed);
    Storage.writeAtomically(fs, manifestFile, manifest.toJson());
    return manifest;
  }

  /** The work on one shard. Sent. */
  private record Task(
      ExampleSource source, String folder, Broadcast<SerializableConfiguration> hadoop)
      implements Serializable {
    TaskOutcome<PackedShard> pack(ShardRange range) throws IOException {
      return TaskOutcome.of(
          () ->
              ShardPacker.pack(
                  source,
                  range.split(),
                  range.shardIndex(),
                  range.from(),
                  range.to(),
                  folder,
                  hadoop.value().value()));
    }
  }
}
