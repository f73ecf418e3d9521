package tributary.driver.run;

import java.io.IOException;
import org.apache.spark.api.java.JavaSparkContext;
import tributary.datasets.shard.Dataset;
import tributary.driver.conf.Key;
import tributary.driver.conf.Settings;
import tributary.driver.round.SparkEvaluator;
import tributary.worker.engine.EngineSettings;
import tributary.worker.executor.Job;
import tributary.worker.model.ModelConfiguration;
import tributary.worker.train.InputSettings;

/** Turns settings into what executors get: configuration never travels, jobs do. */
public final class Jobs {
  private Jobs() {}

  static Job training(Settings settings, Dataset dataset, ModelConfiguration model) {
    return job(settings, dataset, model, settings.text(Key.TRAIN_SPLIT));
  }

  /** An evaluator of the settings' evaluation split. */
  public static SparkEvaluator evaluator(
      JavaSparkContext spark, Settings settings, Dataset dataset, ModelConfiguration model)
      throws IOException {
    String split = settings.text(Key.EVALUATION_SPLIT);
    return new SparkEvaluator(
        spark,
        job(settings, dataset, model, split),
        dataset.manifest().examples(split),
        dataset.manifest().classes().size(),
        settings.integer(Key.EVALUATION_MINIBATCH_SIZE));
  }

  private static Job job(
      Settings settings, Dataset dataset, ModelConfiguration model, String split) {
    return new Job(
        model,
        new EngineSettings(
            settings.choice(Key.ENGINE_TYPE, EngineSettings.Type.class),
            settings.integer(Key.ENGINE_THREADS)),
        new InputSettings(
            dataset.uri(),
            dataset.digest(),
            split,
            settings.integer(Key.BLOCK_EXAMPLES),
            settings.integer(Key.WINDOW_BLOCKS),
            settings.integer(Key.PREFETCH)));
  }
}
