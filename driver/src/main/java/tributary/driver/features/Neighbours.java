package tributary.driver.features;

import static org.apache.spark.sql.functions.col;

import java.io.IOException;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.InternalRow;
import tributary.datasets.Checks;
import tributary.datasets.DataException;
import tributary.driver.spark.SparkContexts;

/**
 * Exact nearest neighbours in a table of features: every vector is measured, in a Spark job that
 * reads a block of rows at a time and keeps the nearest of each part, so that memory is bounded and
 * the result does not depend on how the table is cut. Driver only.
 */
public final class Neighbours {
  /** Rows that are measured together, while they are in the processor's cache. */
  private static final int BLOCK = 64;

  private static final int SPLIT = 0;
  private static final int KEY = 1;
  private static final int LABEL = 2;
  private static final int VECTOR = 3;
  private static final int FILE = 4;
  private static final int ROW = 5;

  private final SparkSession session;
  private final FeatureTable table;
  private final String column;
  private final List<String> splits;

  /**
   * Looks for neighbours among the vectors of some splits.
   *
   * @param column of the vectors
   */
  public Neighbours(SparkSession session, FeatureTable table, String column, List<String> splits) {
    SparkContexts.requireJavaSerializer(JavaSparkContext.fromSparkContext(session.sparkContext()));
    this.session = session;
    this.table = table;
    this.column = column;
    this.splits = List.copyOf(splits);
  }

  /**
   * The nearest rows to each of some vectors.
   *
   * @param queries each as long as the table's vectors
   * @param count how many are wanted, {@code >= 1}; fewer come back if the table has fewer
   * @return for each query the nearest first; equally near ones by key
   * @throws DataException if a split is not whole, or a query is of another length, has values that
   *     are not finite, or no direction where that is what is measured
   */
  public List<List<Hit>> of(List<float[]> queries, int count, Measure measure) throws IOException {
    Checks.argument(count >= 1, "count must be >= 1, got %d", count);
    requireLength(queries);
    for (float[] query : queries) {
      requireMeasurable(query, measure);
    }
    Nearest nearest = new Nearest(queries.size(), count, measure);
    Broadcast<float[][]> sent =
        JavaSparkContext.fromSparkContext(session.sparkContext())
            .broadcast(queries.toArray(float[][]::new));
    try {
      Part part = new Part(sent, count, measure);
      JavaRDD<InternalRow> rows = rows().queryExecution().toRdd().toJavaRDD();
      rows.mapPartitions(part::nearest).collect().forEach(nearest::merge);
    } finally {
      sent.destroy();
    }
    List<List<Hit>> hits = new ArrayList<>();
    for (int query = 0; query < queries.size(); query++) {
      hits.add(nearest.of(query));
    }
    return hits;
  }

  /**
   * The row of an example.
   *
   * @param key of the example; the first split that has it counts
   * @throws DataException if there is none, or it has no vector
   */
  public Found find(String key) throws IOException {
    for (String split : splits) {
      List<Row> found =
          table
              .rows(session, List.of(split))
              .where(col(FeatureSchema.KEY).equalTo(key))
              .select(columns())
              .takeAsList(1);
      if (!found.isEmpty()) {
        return Found.of(found.get(0));
      }
    }
    throw new DataException(
        Checks.format("No example %s with a vector in splits %s of %s", key, splits, table.uri()));
  }

  /**
   * An example of the table.
   *
   * @param hit where it is; its value is that of no measure
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  public record Found(Hit hit, float[] vector) {
    private static Found of(Row row) {
      List<Float> values = row.getList(VECTOR);
      float[] vector = new float[values.size()];
      for (int i = 0; i < vector.length; i++) {
        vector[i] = values.get(i);
      }
      int label = row.isNullAt(LABEL) ? -1 : row.getInt(LABEL);
      return new Found(
          new Hit(
              row.getString(SPLIT),
              row.getString(KEY),
              label,
              0,
              shard(row.getString(FILE)),
              row.getLong(ROW)),
          vector);
    }
  }

  private Dataset<Row> rows() throws IOException {
    return table.rows(session, splits).select(columns());
  }

  private Column[] columns() {
    return new Column[] {
      col("split").cast("string"),
      col(FeatureSchema.KEY),
      col(FeatureSchema.LABEL),
      col(column),
      col("_metadata.file_name"),
      col("_metadata.row_index")
    };
  }

  private void requireLength(List<float[]> queries) throws IOException {
    List<Row> first = rows().takeAsList(1);
    int expected = first.isEmpty() ? 0 : first.get(0).getList(VECTOR).size();
    for (float[] query : queries) {
      if (!first.isEmpty() && query.length != expected) {
        throw new DataException(
            Checks.format(
                "The vectors of %s in %s have %d values, the query has %d",
                column, table.uri(), expected, query.length));
      }
    }
  }

  private static void requireMeasurable(float[] query, Measure measure) throws DataException {
    boolean isZero = true;
    for (int i = 0; i < query.length; i++) {
      if (!Float.isFinite(query[i])) {
        throw new DataException(
            Checks.format(
                "The query has %s at place %d: expected numbers that a float can hold",
                query[i], i));
      }
      isZero &= query[i] == 0;
    }
    if (isZero && measure == Measure.COSINE) {
      throw new DataException(
          "The query's values are all 0, so that it has no direction: measure euclidean");
    }
  }

  private static String shard(String file) {
    return file.substring(0, file.lastIndexOf('.'));
  }

  /** The work on one part of the table. Sent. */
  private record Part(Broadcast<float[][]> queries, int count, Measure measure)
      implements Serializable {
    Iterator<Nearest> nearest(Iterator<InternalRow> rows) {
      Nearest nearest = new Nearest(queries.value().length, count, measure);
      List<Candidate> block = new ArrayList<>(BLOCK);
      while (rows.hasNext()) {
        block.add(Candidate.of(rows.next()));
        if (block.size() == BLOCK || !rows.hasNext()) {
          measure(block, nearest);
          block.clear();
        }
      }
      return List.of(nearest).iterator();
    }

    private void measure(List<Candidate> block, Nearest nearest) {
      float[][] all = queries.value();
      for (int query = 0; query < all.length; query++) {
        for (Candidate candidate : block) {
          double value = measure.of(all[query], candidate.vector());
          if (nearest.isNear(query, value)) {
            nearest.offer(query, candidate.hit(value));
          }
        }
      }
    }
  }

  /** A row as it is measured; a copy, since Spark uses its rows again. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Candidate(
      String split, String key, int label, float[] vector, String file, long row) {
    static Candidate of(InternalRow row) {
      return new Candidate(
          row.getUTF8String(SPLIT).toString(),
          row.getUTF8String(KEY).toString(),
          row.isNullAt(LABEL) ? -1 : row.getInt(LABEL),
          row.getArray(VECTOR).toFloatArray(),
          row.getUTF8String(FILE).toString(),
          row.getLong(ROW));
    }

    Hit hit(double value) {
      return new Hit(split, key, label, value, shard(file), row);
    }
  }
}
