package tributary.driver.pack;

import java.io.IOException;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.JavaPairRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.util.SerializableConfiguration;
import scala.collection.JavaConverters;
import scala.reflect.ClassTag;
import scala.reflect.ClassTag$;
import scala.runtime.BoxedUnit;
import tributary.datasets.DataException;
import tributary.datasets.shard.Manifest;
import tributary.datasets.shard.ShardInfo;
import tributary.datasets.source.ExampleSource;
import tributary.datasets.source.PackFolder;
import tributary.datasets.source.PackPlan;
import tributary.datasets.source.PackSettings;
import tributary.datasets.source.PackedShard;
import tributary.datasets.source.Placer;
import tributary.datasets.source.Row;
import tributary.datasets.source.RowSummary;
import tributary.datasets.source.ShardPacker;
import tributary.datasets.text.TokenCounter;
import tributary.driver.spark.SparkContexts;
import tributary.driver.spark.TaskOutcome;

/**
 * Packs a source into shards: lists its rows, sorts them, and writes a shard in each task. The
 * bytes are the same on any cluster. Driver only.
 */
public final class PackJob implements AutoCloseable {
  private final JavaSparkContext spark;
  private final Placer placer;
  private final Broadcast<SerializableConfiguration> hadoop;
  private final RowListing rows;
  private final Contents contents;
  private final PackPlan plan;

  /**
   * Lists the rows of a source and plans its shards.
   *
   * @throws DataException if it cannot be read, holds nothing, or its classes do not fit
   */
  public PackJob(JavaSparkContext spark, ExampleSource source, PackSettings settings)
      throws IOException {
    this(
        spark,
        Placer.of(source, settings),
        (placer, hadoop) -> RowListing.of(spark, placer, hadoop),
        positions -> positions.mapValues(row -> new Loaded(row, null)));
  }

  /**
   * The same of rows that are listed in another way.
   *
   * @param contents joins the rows with what is known of them beside
   */
  PackJob(JavaSparkContext spark, Placer placer, Lister lister, Contents contents)
      throws IOException {
    SparkContexts.requireJavaSerializer(spark);
    this.spark = spark;
    this.placer = placer;
    this.contents = contents;
    this.hadoop = spark.broadcast(new SerializableConfiguration(spark.hadoopConfiguration()));
    this.rows = lister.list(placer, hadoop);
    try {
      this.plan = PackPlan.of(placer, rows.summary());
    } catch (DataException e) {
      rows.close();
      throw e;
    }
  }

  /** Lists rows. */
  interface Lister {
    RowListing list(Placer placer, Broadcast<SerializableConfiguration> hadoop) throws IOException;
  }

  /** Joins rows, by their positions, with the contents that came with them. */
  interface Contents {
    JavaPairRDD<Long, Loaded> join(JavaPairRDD<Long, Row> positions);
  }

  /** The shards that there will be. */
  public PackPlan plan() {
    return plan;
  }

  /** A name that more than one row has; empty if there is none. */
  Optional<String> nameThatComesTwice() {
    return rows.nameThatComesTwice();
  }

  /** What is known of the source's rows. */
  public RowSummary summary() {
    return rows.summary();
  }

  /**
   * Packs; goes on where an earlier packing of the same was broken off.
   *
   * @param folder of the dataset, made if missing
   * @param progress told of each shard
   * @throws DataException if the folder holds a dataset already, or examples are bad
   */
  public Manifest pack(String folder, PackProgress progress) throws IOException {
    ExampleSource source = placer.source();
    PackFolder made = PackFolder.open(folder, spark.hadoopConfiguration());
    made.begin(source, plan, rows.summary().digest(), placer.settings());
    Task task =
        new Task(
            new ShardPacker(source, plan.classes(), placer.settings(), made.uri()), plan, hadoop);
    spark.setJobDescription("pack " + plan.shards() + " shards to " + folder);
    progress.start(plan);
    Arrivals arrivals = new Arrivals(spark, plan, placer.settings(), progress);
    ClassTag<TaskOutcome<PackedShard>> type = ClassTag$.MODULE$.apply(TaskOutcome.class);
    try {
      spark
          .sc()
          .runJob(
              RowListing.byShard(contents.join(rows.positions()), plan).rdd(),
              (scala.Function1<scala.collection.Iterator<Loaded>, TaskOutcome<PackedShard>>
                      & Serializable)
                  shard -> task.pack(JavaConverters.asJavaIterator(shard)),
              (scala.Function2<Object, TaskOutcome<PackedShard>, BoxedUnit>)
                  (shard, packed) -> arrivals.add((Integer) shard, packed),
              type);
    } catch (Exception e) { // Scala's are not declared
      arrivals.requireGood();
      throw e;
    }
    return made.finish(source.task(), plan, placer.settings(), arrivals.all(), this::countTokens);
  }

  private List<int[]> countTokens(TokenCounter counter, List<ShardInfo> shards) throws IOException {
    if (shards.isEmpty()) {
      return List.of();
    }
    spark.setJobDescription("count the tokens of " + shards.size() + " shards");
    Broadcast<SerializableConfiguration> conf = hadoop;
    List<int[]> counts = new ArrayList<>();
    for (TaskOutcome<int[]> shard :
        spark
            .parallelize(shards, shards.size())
            .map(each -> TaskOutcome.of(() -> counter.count(each, conf.value().value())))
            .collect()) {
      counts.add(shard.get());
    }
    return counts;
  }

  @Override
  public void close() {
    rows.close();
    hadoop.unpersist();
  }

  /** The work on one shard. Sent. */
  private record Task(
      ShardPacker packer, PackPlan plan, Broadcast<SerializableConfiguration> hadoop)
      implements Serializable {
    TaskOutcome<PackedShard> pack(Iterator<Loaded> loaded) {
      int shard = TaskContext.getPartitionId();
      try (LoadedRows rows = new LoadedRows(loaded, packer.source().open(hadoop.value().value()))) {
        return TaskOutcome.of(
            () -> packer.pack(plan.shard(shard), rows, rows, hadoop.value().value()));
      } catch (IOException e) {
        throw new UncheckedIOException(e); // Spark's to retry
      }
    }
  }
}
