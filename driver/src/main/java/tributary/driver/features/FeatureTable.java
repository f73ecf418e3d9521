package tributary.driver.features;

import java.io.IOException;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import tributary.datasets.Checks;
import tributary.datasets.DataException;
import tributary.driver.conf.ConfigurationException;
import tributary.worker.features.FeatureSettings;

/**
 * A table of features that {@link Extraction} has made: a folder that {@code spark.read().parquet}
 * and others read, with a row for each example.
 *
 * <pre>
 * key     string          its name where it was packed from, or else its key in the shard
 * label   int             its class; null if it has none
 * vector  array of float  null if it cannot be used; of several layers a column vector_LAYER each
 * width   int             of its picture, in pixels; null if it has none that can be used
 * height  int
 * error   string          why it cannot be used; null if it can
 * split   string          that it belongs to: the name of the folder that its file is in
 * </pre>
 *
 * <p>Driver only.
 */
public final class FeatureTable {
  private final FeatureFolder folder;
  private final FeatureFolder.About about;

  private FeatureTable(FeatureFolder folder, FeatureFolder.About about) {
    this.folder = folder;
    this.about = about;
  }

  /**
   * Opens a table.
   *
   * @throws DataException if there is none
   */
  public static FeatureTable open(String folder, Configuration hadoop) throws IOException {
    FeatureFolder at = FeatureFolder.at(folder, hadoop);
    return new FeatureTable(at, at.about());
  }

  /** The folder, with scheme and whole path. */
  public String uri() {
    return folder.uri();
  }

  /** URI of the dataset that it was made of. */
  public String data() {
    return about.data();
  }

  /** Which vectors it holds. */
  public FeatureSettings features() {
    return about.madeBy().features();
  }

  /** What its vectors follow from. */
  MadeBy madeBy() {
    return about.madeBy();
  }

  /** The splits that are there, sorted. */
  public List<String> splits() throws IOException {
    return folder.splits();
  }

  /**
   * The column of a layer's vectors.
   *
   * @param layer null for the only one
   * @throws ConfigurationException if there is no such layer, or none is named and there are
   *     several
   */
  public String column(String layer) {
    List<String> layers = features().layers();
    int index = layer == null && layers.size() == 1 ? 0 : layers.indexOf(layer);
    if (index < 0) {
      throw new ConfigurationException(
          List.of(
              Checks.format(
                  "--layer: expected one of %s, whose vectors %s holds, found %s",
                  layers, uri(), layer == null ? "none" : layer)));
    }
    return FeatureSchema.vectors(layers).get(index);
  }

  /**
   * The rows of some splits that have a vector.
   *
   * @throws DataException if a split is not there, or not whole
   */
  public Dataset<Row> rows(SparkSession session, List<String> splits) throws IOException {
    for (String split : splits) {
      if (!folder.isWhole(split)) {
        throw new DataException(
            Checks.format(
                "Split %s of the features in %s is %s; splits that are begun are %s: give the"
                    + " command extract again to go on",
                split, uri(), folder.splits().contains(split) ? "not whole" : "missing", splits()));
      }
    }
    String[] folders =
        splits.stream().map(split -> folder.split(split).toString()).toArray(String[]::new);
    return session
        .read()
        .option("basePath", uri())
        .parquet(folders)
        .where(FeatureSchema.ERROR + " is null");
  }
}
