package tributary.driver.features;

import static org.apache.spark.ml.functions.array_to_vector;
import static org.apache.spark.sql.functions.col;

import java.io.IOException;
import java.util.List;
import org.apache.spark.ml.classification.LogisticRegression;
import org.apache.spark.ml.classification.LogisticRegressionModel;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.storage.StorageLevel;
import tributary.datasets.Checks;
import tributary.datasets.DataException;

/**
 * How well a linear classifier tells classes apart by vectors: a measure of what a layer knows,
 * after Alain and Bengio, "Understanding intermediate layers using linear classifier probes",
 * arXiv:1610.01644.
 *
 * <p>It is Spark's multinomial logistic regression with a small L2 penalty over standardised
 * features, fitted by L-BFGS from zeros, in one task, so that sums have one order and nothing is
 * random. Driver only.
 */
public final class LinearProbe {
  private static final String FEATURES = "features";
  private static final String LABEL = "label";
  private static final String PREDICTION = "prediction";
  private static final int ITERATIONS = 200;
  private static final double PENALTY = 1e-4;

  private LinearProbe() {}

  /**
   * What a probe came to.
   *
   * @param trainExamples that it was fitted on
   * @param testExamples that it was measured on
   * @param trainAccuracy share of the first that it tells right
   * @param testAccuracy share of the others
   */
  public record Result(
      long trainExamples, long testExamples, double trainAccuracy, double testAccuracy) {}

  /**
   * Fits a probe on one split and measures it on both.
   *
   * @param column of the vectors
   * @throws DataException if a split is not whole, or has no labels
   */
  public static Result fit(
      SparkSession session, FeatureTable table, String column, String train, String test)
      throws IOException {
    Dataset<Row> training = labelled(session, table, column, train);
    Dataset<Row> testing = labelled(session, table, column, test);
    try {
      requireLabels(training, table, train);
      requireLabels(testing, table, test);
      LogisticRegressionModel model =
          new LogisticRegression()
              .setFamily("multinomial")
              .setFeaturesCol(FEATURES)
              .setLabelCol(LABEL)
              .setMaxIter(ITERATIONS)
              .setRegParam(PENALTY)
              .fit(training);
      return new Result(
          training.count(), testing.count(), accuracy(model, training), accuracy(model, testing));
    } finally {
      training.unpersist();
      testing.unpersist();
    }
  }

  private static Dataset<Row> labelled(
      SparkSession session, FeatureTable table, String column, String split) throws IOException {
    return table
        .rows(session, List.of(split))
        .where(col(FeatureSchema.LABEL).isNotNull())
        .select(
            col(FeatureSchema.LABEL).cast("double").as(LABEL),
            array_to_vector(col(column)).as(FEATURES))
        .coalesce(1)
        .persist(StorageLevel.MEMORY_AND_DISK());
  }

  private static void requireLabels(Dataset<Row> rows, FeatureTable table, String split)
      throws DataException {
    if (rows.isEmpty()) {
      throw new DataException(
          Checks.format(
              "Split %s of the features in %s has no row with a label and a vector: there is"
                  + " nothing to probe",
              split, table.uri()));
    }
  }

  private static double accuracy(LogisticRegressionModel model, Dataset<Row> rows) {
    Dataset<Row> told = model.transform(rows);
    return (double) told.where(col(PREDICTION).equalTo(col(LABEL))).count() / rows.count();
  }
}
