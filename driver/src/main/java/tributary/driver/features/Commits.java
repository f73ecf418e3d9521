package tributary.driver.features;

import java.util.ArrayList;
import java.util.List;
import org.apache.spark.api.java.JavaSparkContext;
import scala.runtime.BoxedUnit;
import tributary.datasets.DataException;
import tributary.driver.report.BadExamples;
import tributary.driver.spark.TaskOutcome;

/**
 * Shards as they are committed, in any order; the job is ended at once when too many examples turn
 * out to be bad. Driver only; Spark adds them one by one, from a thread of its own.
 */
final class Commits {
  private final JavaSparkContext spark;
  private final String jobGroup;
  private final BadExamples bad;
  private final ExtractProgress progress;

  /** Guarded by {@code this}. */
  private final List<FeatureFile.Note> notes = new ArrayList<>();

  /** Guarded by {@code this}. */
  private DataException failure;

  Commits(JavaSparkContext spark, String jobGroup, BadExamples bad, ExtractProgress progress) {
    this.spark = spark;
    this.jobGroup = jobGroup;
    this.bad = bad;
    this.progress = progress;
  }

  /** Takes in a shard that an earlier extraction has committed. */
  synchronized void addDone(FeatureFile.Note note) throws DataException {
    notes.add(note);
    bad.add(note.bad());
    bad.requireFew();
  }

  synchronized BoxedUnit add(TaskOutcome<FeatureFile.Note> outcome) {
    try {
      FeatureFile.Note note = outcome.get();
      progress.extracted(note.rows());
      addDone(note);
    } catch (DataException e) {
      if (failure == null) {
        failure = e;
        spark.sc().cancelJobGroup(jobGroup);
      }
    }
    return BoxedUnit.UNIT;
  }

  /**
   * The notes of all shards, in the order they came.
   *
   * @throws DataException what ended the job
   */
  synchronized List<FeatureFile.Note> all() throws DataException {
    requireGood();
    return List.copyOf(notes);
  }

  /** Passes if nothing was wrong so far. */
  synchronized void requireGood() throws DataException {
    if (failure != null) {
      throw failure;
    }
  }
}
