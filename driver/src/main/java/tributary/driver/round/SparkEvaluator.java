package tributary.driver.round;

import java.io.IOException;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.api.java.JavaSparkContext;
import tributary.driver.exchange.SharedVector;
import tributary.driver.spark.SetupOnExecutors;
import tributary.driver.spark.TaskOutcome;
import tributary.worker.executor.ReplicaSetup;
import tributary.worker.model.ModelState;
import tributary.worker.train.Evaluation;
import tributary.worker.train.Places;

/** Evaluates a state on a split as one Spark job; the cut into tasks follows the split alone. */
public final class SparkEvaluator {
  private final JavaSparkContext spark;
  private final SetupOnExecutors setup;
  private final Measured measured;
  private final int classes;
  private final int minibatchSize;

  /**
   * What is measured of a split.
   *
   * @param places how many there are
   * @param perTask places of one task, at least 1
   */
  public record Measured(long places, int perTask) {
    private static final int MINIBATCHES_PER_TASK = 4;

    /** Each of some examples. */
    public static Measured examples(long examples, int minibatchSize) {
      return new Measured(examples, Math.multiplyExact(minibatchSize, MINIBATCHES_PER_TASK));
    }

    private List<Places> ranges() {
      List<Places> ranges = new ArrayList<>();
      for (long from = 0; from < places; from += perTask) {
        ranges.add(Places.of(from, Math.min(perTask, places - from)));
      }
      return ranges;
    }
  }

  /**
   * An evaluator of the setup's split.
   *
   * @param classes number of classes, outputs of the model
   * @param minibatchSize examples per forward pass
   */
  public SparkEvaluator(
      JavaSparkContext spark,
      ReplicaSetup setup,
      Measured measured,
      int classes,
      int minibatchSize) {
    this.spark = spark;
    this.setup = SetupOnExecutors.of(setup, spark);
    this.measured = measured;
    this.classes = classes;
    this.minibatchSize = minibatchSize;
  }

  /**
   * Measures {@code state}.
   *
   * @throws tributary.datasets.DataException if an example is bad, and none may be left out
   */
  public Evaluation evaluate(ModelState state) throws IOException {
    SharedVector parameters = SharedVector.publish(spark, "evaluated", state.parameters());
    try {
      Task task = new Task(setup, parameters, state.optimizer().length, minibatchSize);
      List<Places> ranges = measured.ranges();
      Evaluation sum = Evaluation.empty(classes);
      for (TaskOutcome<Evaluation> part :
          spark.parallelize(ranges, ranges.size()).map(task::evaluate).collect()) {
        sum = sum.plus(part.get());
      }
      return sum;
    } finally {
      parameters.destroy();
    }
  }

  /** The work on one range. Sent. */
  private record Task(
      SetupOnExecutors setup, SharedVector parameters, int optimizerLength, int minibatchSize)
      implements Serializable {
    TaskOutcome<Evaluation> evaluate(Places range) throws IOException {
      ModelState state = new ModelState(parameters.values(), new float[optimizerLength]);
      return setup.run(runtime -> runtime.evaluate(range, minibatchSize, state));
    }
  }
}
