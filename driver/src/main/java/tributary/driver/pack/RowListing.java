package tributary.driver.pack;

import java.io.IOException;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.api.java.JavaPairRDD;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.storage.StorageLevel;
import org.apache.spark.util.SerializableConfiguration;
import scala.Tuple2;
import tributary.datasets.DataException;
import tributary.datasets.source.PackPlan;
import tributary.datasets.source.Placement;
import tributary.datasets.source.Placer;
import tributary.datasets.source.Row;
import tributary.datasets.source.RowSummary;
import tributary.datasets.source.Rows;
import tributary.driver.spark.TaskOutcome;

/** The rows of a source, listed by tasks and kept on the executors' disks. Driver only. */
final class RowListing implements AutoCloseable {
  /** More would take longer to schedule than to run. */
  private static final int MAX_TASKS = 2_000;

  private final Placer placer;
  private final JavaRDD<TaskOutcome<Row>> rows;
  private final RowSummary summary;

  /**
   * Keeps rows and looks at all of them.
   *
   * @throws DataException what is wrong with one of them
   */
  RowListing(Placer placer, JavaRDD<TaskOutcome<Row>> rows) throws DataException {
    this.placer = placer;
    this.rows = rows.persist(StorageLevel.DISK_ONLY());
    Gathered gathered =
        rows.treeAggregate(
            new Gathered(new RowSummary(), null), (so, row) -> so.add(placer, row), Gathered::add);
    if (gathered.badData() != null) {
      this.rows.unpersist();
      throw new DataException(gathered.badData());
    }
    this.summary = gathered.summary();
  }

  /**
   * Lists the rows of a source.
   *
   * @throws DataException if a part of it cannot be read
   */
  static RowListing of(
      JavaSparkContext spark, Placer placer, Broadcast<SerializableConfiguration> hadoop)
      throws DataException {
    int parts = placer.source().parts().size();
    spark.setJobDescription("list " + parts + " parts");
    return new RowListing(
        placer,
        spark
            .parallelize(IntStream.range(0, parts).boxed().toList(), Math.min(parts, MAX_TASKS))
            .flatMap(part -> new Listed(placer, part, hadoop.value().value())));
  }

  /** What is known of all rows. */
  RowSummary summary() {
    return summary;
  }

  /** The rows with their positions in the order of all, from 0. */
  JavaPairRDD<Long, Row> positions() {
    Placer by = placer;
    JavaPairRDD<Placement, Row> placed =
        rows.mapToPair(row -> new Tuple2<>(by.place(row.result()), row.result()));
    return placed.sortByKey().values().zipWithIndex().mapToPair(Tuple2::swap);
  }

  /** A name that more than one row has, the first in the alphabet; empty if there is none. */
  Optional<String> nameThatComesTwice() {
    List<String> first =
        rows.mapToPair(row -> new Tuple2<>(row.result().name(), 1L))
            .reduceByKey(Long::sum)
            .filter(count -> count._2() > 1)
            .keys()
            .takeOrdered(1);
    return first.stream().findFirst();
  }

  /** What has positions, by shard: a partition for each, in order. */
  static <T> JavaRDD<T> byShard(JavaPairRDD<Long, T> positions, PackPlan plan) {
    return positions.repartitionAndSortWithinPartitions(new ShardPartitioner(plan)).values();
  }

  @Override
  public void close() {
    rows.unpersist();
  }

  /** Sent. */
  private record Gathered(RowSummary summary, String badData) implements Serializable {
    Gathered add(Placer placer, TaskOutcome<Row> row) {
      return row.failed()
          ? add(new Gathered(new RowSummary(), row.badData()))
          : new Gathered(summary.add(placer.split(row.result()), row.result()), badData);
    }

    /** Of several messages the first in the alphabet, whichever came first. */
    Gathered add(Gathered other) {
      String first =
          Stream.of(badData, other.badData)
              .filter(Objects::nonNull)
              .min(Comparator.naturalOrder())
              .orElse(null);
      return new Gathered(summary.add(other.summary), first);
    }
  }

  /** Deals positions to shards. Sent. */
  private static final class ShardPartitioner extends org.apache.spark.Partitioner {
    private static final long serialVersionUID = 1;

    private final PackPlan plan;

    ShardPartitioner(PackPlan plan) {
      this.plan = plan;
    }

    @Override
    public int numPartitions() {
      return plan.shards();
    }

    @Override
    public int getPartition(Object position) {
      return plan.shardAt((Long) position);
    }
  }

  /** The rows of a part, and what is wrong with it if something is. For one thread. */
  private static final class Listed implements Iterator<TaskOutcome<Row>> {
    private final int part;
    private final Rows rows;
    private long number;
    private TaskOutcome<Row> next;

    Listed(Placer placer, int part, Configuration hadoop) throws IOException {
      this.part = part;
      TaskOutcome<Rows> opened =
          TaskOutcome.of(() -> placer.source().list(placer.source().parts().get(part), hadoop));
      this.rows = opened.result();
      this.next = opened.failed() ? opened.map(none -> null) : advance();
    }

    @Override
    public boolean hasNext() {
      return next != null;
    }

    @Override
    public TaskOutcome<Row> next() {
      if (next == null) {
        throw new NoSuchElementException("no row after number " + (number - 1));
      }
      TaskOutcome<Row> current = next;
      next = current.failed() ? null : advance();
      return current;
    }

    private TaskOutcome<Row> advance() {
      try {
        TaskOutcome<Row> read = TaskOutcome.of(rows::next);
        if (!read.failed() && read.result() == null) {
          rows.close();
          return null;
        }
        return read.map(row -> row.at(part, number++));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
