package tributary.driver.simulate;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.api.java.JavaSparkContext;
import tributary.datasets.shard.Dataset;
import tributary.driver.conf.Key;
import tributary.driver.conf.Settings;
import tributary.driver.round.RoundCost;
import tributary.driver.round.SparkReplicas;
import tributary.driver.run.RoundSetups;
import tributary.worker.model.ModelConfiguration;
import tributary.worker.model.Network;
import tributary.worker.model.ParameterLayout;
import tributary.worker.train.LocalSteps;
import tributary.worker.train.OptimizerStatePolicy;
import tributary.worker.train.OuterStepType;

/** How the wall time of a run's epochs goes down with the number of machines. */
public final class Scaling {
  /** The most machines that are looked at. */
  public static final int MOST_REPLICAS = 1024;

  private static final String ORIGIN = "simulate";

  private Scaling() {}

  /** Times rounds of one replica, which has this machine to itself. */
  public static RoundCost measure(
      JavaSparkContext spark, Settings settings, Dataset dataset, ModelConfiguration model)
      throws Exception {
    Settings alone = settings.with(Key.REPLICAS, 1, ORIGIN);
    try (SparkReplicas replicas = RoundSetups.replicas(spark, alone, dataset, model)) {
      return RoundCost.measure(
          replicas,
          RoundSetups.settings(alone, dataset, LocalSteps.of(1)),
          Network.initialState(model));
    }
  }

  /** The calculation for the rounds that the settings ask for. */
  public static WallTime wallTime(
      Settings settings, ModelConfiguration model, RoundCost cost, double taskSeconds, Link link) {
    ParameterLayout layout = Network.layoutOf(model);
    Vectors parameters = Vectors.of(Math.toIntExact(layout.parameterCount()));
    boolean withOptimizer =
        settings.choice(Key.OPTIMIZER_STATE, OptimizerStatePolicy.class)
            == OptimizerStatePolicy.AVERAGE;
    Vectors averaged =
        withOptimizer
            ? parameters.plus(Vectors.of(Math.toIntExact(layout.optimizerSize())))
            : parameters;
    boolean moves = settings.choice(Key.OUTER_STEP, OuterStepType.class) != OuterStepType.AVERAGE;
    return new WallTime(cost, taskSeconds, link, averaged, moves ? parameters : Vectors.NONE);
  }

  /** An epoch on 1, 2, 4 ... {@value #MOST_REPLICAS} machines. */
  public static List<Prediction> epochs(WallTime wallTime, Settings settings, Dataset dataset)
      throws IOException {
    List<Prediction> predictions = new ArrayList<>();
    for (int replicas = 1; replicas <= MOST_REPLICAS; replicas *= 2) {
      Settings cluster = settings.with(Key.REPLICAS, replicas, ORIGIN);
      predictions.add(wallTime.epoch(RoundSetups.settings(cluster, dataset)));
    }
    return predictions;
  }
}
