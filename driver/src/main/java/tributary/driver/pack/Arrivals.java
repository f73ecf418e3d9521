package tributary.driver.pack;

import java.util.Arrays;
import java.util.List;
import org.apache.spark.api.java.JavaSparkContext;
import scala.runtime.BoxedUnit;
import tributary.datasets.DataException;
import tributary.datasets.source.PackFolder;
import tributary.datasets.source.PackPlan;
import tributary.datasets.source.PackSettings;
import tributary.datasets.source.PackedShard;
import tributary.driver.spark.TaskOutcome;

/**
 * Packed shards as they come in, in any order; the job is ended at once when the data turn out to
 * be bad. Driver only; Spark adds them one by one, from a thread of its own.
 */
final class Arrivals {
  private final JavaSparkContext spark;
  private final PackPlan plan;
  private final PackSettings settings;
  private final PackProgress progress;

  /** By number; null if not packed yet. Guarded by {@code this}. */
  private final PackedShard[] packed;

  /** Guarded by {@code this}. */
  private DataException failure;

  Arrivals(JavaSparkContext spark, PackPlan plan, PackSettings settings, PackProgress progress) {
    this.spark = spark;
    this.plan = plan;
    this.settings = settings;
    this.progress = progress;
    this.packed = new PackedShard[plan.shards()];
  }

  synchronized BoxedUnit add(int shard, TaskOutcome<PackedShard> outcome) {
    try {
      packed[shard] = outcome.get();
      progress.packed(packed[shard]);
      PackFolder.requireFewBad(
          Arrays.stream(packed).filter(each -> each != null).toList(), plan, settings);
    } catch (DataException e) {
      if (failure == null) {
        failure = e;
        spark.sc().cancelAllJobs();
      }
    }
    return BoxedUnit.UNIT;
  }

  /**
   * Passes if nothing was wrong so far.
   *
   * @throws DataException what ended the job
   */
  synchronized void requireGood() throws DataException {
    if (failure != null) {
      throw failure;
    }
  }

  /** All shards, in order. */
  synchronized List<PackedShard> all() throws DataException {
    requireGood();
    return List.of(packed);
  }
}
