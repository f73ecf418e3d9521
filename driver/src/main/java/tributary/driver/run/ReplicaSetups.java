package tributary.driver.run;

import java.io.IOException;
import org.apache.spark.api.java.JavaSparkContext;
import tributary.datasets.augment.ImagePipeline;
import tributary.datasets.minibatch.OnBadExample;
import tributary.datasets.shard.Dataset;
import tributary.datasets.shard.DatasetProfile;
import tributary.driver.conf.Key;
import tributary.driver.conf.Settings;
import tributary.driver.round.SparkEvaluator;
import tributary.worker.engine.EngineSettings;
import tributary.worker.executor.ReplicaSetup;
import tributary.worker.model.ModelConfiguration;
import tributary.worker.train.InputSettings;

/** Turns settings into what executors get: configuration never travels, setups do. */
public final class ReplicaSetups {
  private static final long BYTES_OF_A_GIGABYTE = 1_000_000_000;

  private ReplicaSetups() {}

  static ReplicaSetup training(Settings settings, Dataset dataset, ModelConfiguration model) {
    return setup(
        settings,
        dataset,
        dataset.profile(),
        model,
        settings.text(Key.TRAIN_SPLIT),
        ImagePipelines.training(settings, dataset.manifest()));
  }

  /**
   * An evaluator of the settings' evaluation split.
   *
   * @param trainedOn the dataset that the model knows, which need not be {@code dataset}
   */
  public static SparkEvaluator evaluator(
      JavaSparkContext spark,
      Settings settings,
      Dataset dataset,
      DatasetProfile trainedOn,
      ModelConfiguration model)
      throws IOException {
    String split = settings.text(Key.EVALUATION_SPLIT);
    return new SparkEvaluator(
        spark,
        setup(
            settings,
            dataset,
            trainedOn,
            model,
            split,
            ImagePipelines.evaluation(settings, dataset.manifest())),
        dataset.manifest().examples(split),
        dataset.manifest().classes().size(),
        settings.integer(Key.EVALUATION_MINIBATCH_SIZE));
  }

  private static InputSettings.Cache cache(Settings settings) {
    String folder = settings.text(Key.CACHE_FOLDER);
    return folder.isEmpty()
        ? null
        : new InputSettings.Cache(
            folder, settings.integer(Key.CACHE_GIGABYTES) * BYTES_OF_A_GIGABYTE);
  }

  /** The engine that the settings ask for. */
  static EngineSettings engine(Settings settings) {
    return new EngineSettings(
        settings.choice(Key.ENGINE_TYPE, EngineSettings.Type.class),
        settings.integer(Key.ENGINE_THREADS),
        settings.choice(Key.ENGINE_PRECISION, EngineSettings.Precision.class),
        settings.choice(Key.ENGINE_DEVICE, EngineSettings.Device.class));
  }

  private static ReplicaSetup setup(
      Settings settings,
      Dataset dataset,
      DatasetProfile trainedOn,
      ModelConfiguration model,
      String split,
      ImagePipeline images) {
    return new ReplicaSetup(
        model,
        engine(settings),
        new InputSettings(
            dataset.uri(),
            dataset.digest(),
            split,
            trainedOn.statistics(),
            settings.integer(Key.BLOCK_EXAMPLES),
            settings.integer(Key.WINDOW_BLOCKS),
            settings.integer(Key.PREFETCH),
            images,
            settings.integer(Key.DECODE_THREADS),
            cache(settings),
            settings.choice(Key.ON_BAD_EXAMPLE, OnBadExample.class)));
  }
}
