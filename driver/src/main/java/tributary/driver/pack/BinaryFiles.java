package tributary.driver.pack;

import java.io.IOException;
import java.io.Serializable;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.api.java.JavaPairRDD;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import scala.Tuple2;
import tributary.datasets.Checks;
import tributary.datasets.DataException;
import tributary.datasets.Storage;
import tributary.datasets.source.LoadedImages;
import tributary.datasets.source.PackSettings;
import tributary.datasets.source.Placer;
import tributary.datasets.source.Row;
import tributary.driver.spark.TaskOutcome;

/**
 * Packs images out of a DataFrame with the columns {@code path} (text), {@code length} (64 bits)
 * and {@code content} (bytes), such as {@code spark.read().format("binaryFile")} makes. Driver
 * only.
 *
 * <p>Of a folder of class folders it makes the bytes that format {@code image-folder} makes of it.
 * Paths and lengths are looked at first; contents are asked for once, travel to their shards
 * through Spark's shuffle, and need never be where the paths say. The session must serialise as
 * Spark does by default, as rows are not Kryo's.
 */
public final class BinaryFiles {
  private static final String PATH = "path";
  private static final String LENGTH = "length";
  private static final String CONTENT = "content";

  private final Dataset<org.apache.spark.sql.Row> frame;
  private final Names names;
  private final Column label;
  private final List<String> classes;

  private BinaryFiles(
      Dataset<org.apache.spark.sql.Row> frame, Names names, Column label, List<String> classes) {
    this.frame = frame;
    this.names = names;
    this.label = label;
    this.classes = classes;
  }

  /**
   * The images of a frame, each of the class that the first folder of its path below {@code root}
   * names.
   *
   * @param root folder that all paths lie below; what follows it is an example's name
   * @throws DataException if the frame lacks a column
   */
  public static BinaryFiles of(Dataset<org.apache.spark.sql.Row> frame, String root)
      throws IOException {
    for (String column : List.of(PATH, LENGTH, CONTENT)) {
      requireColumn(frame, column);
    }
    Path path = new Path(root);
    FileSystem fs =
        Storage.fileSystem(path, frame.sparkSession().sparkContext().hadoopConfiguration());
    return new BinaryFiles(frame, new Names(fs.makeQualified(path).toString()), null, List.of());
  }

  /**
   * The same images with their classes from a column of texts or numbers; where it is null the
   * example is bad.
   *
   * @throws DataException if there is no such column
   */
  public BinaryFiles withLabels(String column) throws DataException {
    requireColumn(frame, column);
    return new BinaryFiles(frame, names, frame.col(column).cast("string"), classes);
  }

  /** The same images with the names of all classes, in label order. */
  public BinaryFiles withClasses(List<String> inLabelOrder) {
    return new BinaryFiles(frame, names, label, List.copyOf(inLabelOrder));
  }

  /**
   * Prepares to pack; the caller closes what comes back.
   *
   * @throws DataException if there is no row, a path does not lie below the root, or one comes
   *     twice
   */
  public PackJob job(PackSettings settings) throws IOException {
    JavaSparkContext spark = JavaSparkContext.fromSparkContext(frame.sparkSession().sparkContext());
    Placer placer = Placer.of(new LoadedImages(names.root(), classes), settings);
    PackJob job =
        new PackJob(
            spark, placer, (by, hadoop) -> new RowListing(by, listed()), this::withContents);
    try {
      requireUnique(job);
      return job;
    } catch (IOException e) {
      job.close();
      throw e;
    }
  }

  private JavaRDD<TaskOutcome<Row>> listed() {
    Column[] columns =
        label == null
            ? new Column[] {frame.col(PATH), frame.col(LENGTH)}
            : new Column[] {frame.col(PATH), frame.col(LENGTH), label};
    Names by = names;
    return frame
        .select(columns)
        .toJavaRDD()
        .map(
            row ->
                TaskOutcome.of(
                    () -> {
                      String name = by.name(row.getString(0));
                      String className = row.size() > 2 ? row.getString(2) : folder(name);
                      return new Row(0, 0, name, className, 0, row.getLong(1));
                    }));
  }

  /** The first folder of a name; null if there is none. */
  private static String folder(String name) {
    int slash = name.indexOf('/');
    return slash < 0 ? null : name.substring(0, slash);
  }

  private JavaPairRDD<Long, Loaded> withContents(JavaPairRDD<Long, Row> positions) {
    Names by = names;
    JavaPairRDD<String, byte[]> contents =
        frame
            .select(frame.col(PATH), frame.col(CONTENT))
            .toJavaRDD()
            .mapToPair(row -> new Tuple2<>(by.name(row.getString(0)), row.<byte[]>getAs(1)));
    return positions
        .mapToPair(row -> new Tuple2<>(row._2().name(), row))
        .join(contents)
        .mapToPair(
            joined -> {
              Tuple2<Long, Row> row = joined._2()._1();
              return new Tuple2<>(row._1(), new Loaded(row._2(), joined._2()._2()));
            });
  }

  /** A name that comes twice would be joined with either content. */
  private static void requireUnique(PackJob job) throws DataException {
    Optional<String> twice = job.nameThatComesTwice();
    if (twice.isPresent()) {
      throw new DataException(
          "The path of "
              + twice.get()
              + " comes more than once in the DataFrame: expected each once");
    }
  }

  private static void requireColumn(Dataset<org.apache.spark.sql.Row> frame, String column)
      throws DataException {
    if (!Arrays.asList(frame.columns()).contains(column)) {
      throw new DataException(
          Checks.format(
              "The DataFrame has no column %s: expected %s, %s and %s, as the format binaryFile has"
                  + " them, and that of labels if one is named; found %s",
              column, PATH, LENGTH, CONTENT, Arrays.toString(frame.columns())));
    }
  }

  /**
   * What paths say. Sent.
   *
   * @param root that all paths lie below, with scheme, without a slash at its end
   */
  private record Names(String root) implements Serializable {
    String name(String path) throws DataException {
      String whole = new Path(path).toString();
      String above = root.endsWith("/") ? root : root + "/";
      if (!whole.startsWith(above)) {
        throw new DataException(
            Checks.format("The DataFrame has the path %s: expected all below %s", path, above));
      }
      return whole.substring(above.length());
    }
  }
}
