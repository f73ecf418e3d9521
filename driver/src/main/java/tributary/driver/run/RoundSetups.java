package tributary.driver.run;

import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import org.apache.spark.api.java.JavaSparkContext;
import tributary.datasets.DataException;
import tributary.datasets.shard.Dataset;
import tributary.datasets.shard.Manifest;
import tributary.driver.conf.ExchangePrecision;
import tributary.driver.conf.Key;
import tributary.driver.conf.Measure;
import tributary.driver.conf.NonFinitePolicy;
import tributary.driver.conf.Settings;
import tributary.driver.exchange.Exchange;
import tributary.driver.round.OuterStep;
import tributary.driver.round.RoundGuard;
import tributary.driver.round.SparkReplicas;
import tributary.driver.round.WatchRules;
import tributary.worker.model.GradientClip;
import tributary.worker.model.ModelConfiguration;
import tributary.worker.model.Network;
import tributary.worker.train.LocalSteps;
import tributary.worker.train.OptimizerStatePolicy;
import tributary.worker.train.OuterStepType;
import tributary.worker.train.RoundSettings;

/** Turns settings into what the round loop is made of. */
public final class RoundSetups {
  private RoundSetups() {}

  /** What all rounds of a run have in common. */
  public static RoundSettings settings(Settings settings, Dataset dataset) throws DataException {
    return settings(
        settings,
        dataset,
        new LocalSteps(
            settings.integer(Key.LOCAL_STEPS),
            settings.integer(Key.POST_LOCAL_EPOCH),
            Duration.ofSeconds(settings.number(Key.ROUND_DEADLINE_SECONDS))));
  }

  /** The same with other local steps than the settings', which may be "auto". */
  public static RoundSettings settings(Settings settings, Dataset dataset, LocalSteps localSteps)
      throws DataException {
    return settings(settings, dataset.manifest(), localSteps);
  }

  private static RoundSettings settings(Settings settings, Manifest data, LocalSteps localSteps)
      throws DataException {
    return new RoundSettings(
        settings.integer(Key.REPLICAS),
        localSteps,
        settings.integer(Key.MINIBATCH_SIZE),
        settings.integer(Key.EPOCHS),
        Arrays.stream(Splits.trained(settings, data)).asLongStream().sum(),
        settings.number(Key.SEED),
        settings.choice(Key.OPTIMIZER_STATE, OptimizerStatePolicy.class),
        new GradientClip(settings.decimal(Key.CLIP_NORM), settings.decimal(Key.CLIP_VALUE)));
  }

  /** Optimizer steps of an epoch, however they are cut into rounds. */
  static long stepsPerEpoch(Settings settings, Manifest data) throws DataException {
    return settings(settings, data, LocalSteps.of(1)).stepsPerEpoch();
  }

  /** The replicas of a run; the caller closes them. */
  public static SparkReplicas replicas(
      JavaSparkContext spark, Settings settings, Dataset dataset, ModelConfiguration model)
      throws IOException {
    return new SparkReplicas(
        spark,
        ReplicaSetups.training(settings, dataset, model),
        exchange(spark, settings, model),
        Duration.ofMinutes(settings.number(Key.ROUND_TIMEOUT_MINUTES)));
  }

  private static Exchange exchange(
      JavaSparkContext spark, Settings settings, ModelConfiguration model) {
    return switch (settings.choice(Key.EXCHANGE_PRECISION, ExchangePrecision.class)) {
      case FLOAT32 -> Exchange.ofValues(spark);
      case BFLOAT16 -> Exchange.ofMoves(spark, Network.updatePlanOf(model).statistics());
    };
  }

  /** What follows from evaluations. */
  static WatchRules watch(Settings settings) {
    return new WatchRules(
        settings.choice(Key.WATCH, Measure.class),
        settings.decimal(Key.MIN_IMPROVEMENT),
        settings.integer(Key.PATIENCE),
        settings.integer(Key.PLATEAU_PATIENCE),
        settings.decimal(Key.PLATEAU_FACTOR));
  }

  /** What follows an average: the outer step, and what becomes of numbers that are not finite. */
  public static RoundGuard guard(Settings settings, ModelConfiguration model) {
    OuterStep outer =
        OuterStep.of(
            settings.choice(Key.OUTER_STEP, OuterStepType.class),
            settings.decimal(Key.OUTER_LEARNING_RATE),
            settings.decimal(Key.OUTER_MOMENTUM),
            model);
    return new RoundGuard(
        OuterStep.smoothed(outer, settings.decimal(Key.EMA_DECAY)),
        settings.choice(Key.NON_FINITE, NonFinitePolicy.class),
        settings.integer(Key.SKIP_REPLICAS_AT_MOST));
  }
}
