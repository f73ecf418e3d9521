package tributary.driver.run;

import java.io.IOException;
import java.util.List;
import java.util.function.BiFunction;
import org.apache.spark.api.java.JavaSparkContext;
import tributary.datasets.Checks;
import tributary.datasets.DataException;
import tributary.datasets.augment.ImagePipeline;
import tributary.datasets.image.MeanImage;
import tributary.datasets.minibatch.OnBadExample;
import tributary.datasets.shard.Dataset;
import tributary.datasets.shard.DatasetProfile;
import tributary.datasets.shard.ImageShape;
import tributary.datasets.shard.Images;
import tributary.datasets.shard.Manifest;
import tributary.datasets.shard.Task;
import tributary.driver.conf.ConfigurationException;
import tributary.driver.conf.Key;
import tributary.driver.conf.MeanType;
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

  /**
   * What a model that is trained by these settings must remember of a dataset.
   *
   * @throws tributary.datasets.DataException if the mean image is asked for, and there is none
   */
  public static DatasetProfile profile(Settings settings, Dataset dataset) throws IOException {
    return subtractsMeanImage(settings)
        ? dataset.profile().with(dataset.meanImage())
        : dataset.profile();
  }

  static ReplicaSetup training(Settings settings, Dataset dataset, ModelConfiguration model)
      throws IOException {
    return setup(
        settings,
        dataset,
        profile(settings, dataset),
        model,
        settings.text(Key.TRAIN_SPLIT),
        ImagePipelines::training);
  }

  /**
   * An evaluator of the settings' evaluation split.
   *
   * @param trainedOn the dataset that the model knows, which need not be {@code dataset}
   * @throws ConfigurationException if the settings ask for a mean image that the model does not
   *     know, or that does not fit the dataset's images
   */
  public static SparkEvaluator evaluator(
      JavaSparkContext spark,
      Settings settings,
      Dataset dataset,
      DatasetProfile trainedOn,
      ModelConfiguration model)
      throws IOException {
    requireSameVocabulary(trainedOn, dataset);
    String split = settings.text(Key.EVALUATION_SPLIT);
    return new SparkEvaluator(
        spark,
        reading(settings, dataset, trainedOn, model, split),
        Splits.measured(settings, dataset.manifest()),
        Splits.classes(dataset.manifest()),
        settings.integer(Key.EVALUATION_MINIBATCH_SIZE));
  }

  /**
   * What sees a split's examples as evaluation does, but each by itself, whatever its label:
   * documents, too, that are one text to a language model.
   *
   * @param trainedOn the dataset that the model knows, which need not be {@code dataset}
   * @throws ConfigurationException as {@link #evaluator}
   */
  public static ReplicaSetup extraction(
      Settings settings,
      Dataset dataset,
      DatasetProfile trainedOn,
      ModelConfiguration model,
      String split)
      throws IOException {
    ReplicaSetup setup = reading(settings, dataset, trainedOn, model, split);
    return setup.input().features() instanceof InputSettings.Tokens tokens
            && tokens.task() == Task.LANGUAGE_MODEL
        ? setup.with(
            new InputSettings.Tokens(
                Task.TEXT_CLASSIFICATION, tokens.vocabulary(), tokens.classes(), tokens.length()))
        : setup;
  }

  private static ReplicaSetup reading(
      Settings settings,
      Dataset dataset,
      DatasetProfile trainedOn,
      ModelConfiguration model,
      String split)
      throws IOException {
    requireReadable(trainedOn, dataset);
    if (subtractsMeanImage(settings)) {
      requireFits(trainedOn.meanImage(), dataset);
    }
    return setup(settings, dataset, trainedOn, model, split, ImagePipelines::evaluation);
  }

  /** A model's tokens are numbers of its own vocabulary. */
  private static InputSettings.Features features(
      Settings settings,
      Dataset dataset,
      DatasetProfile trainedOn,
      BiFunction<Settings, Manifest, ImagePipeline> images) {
    Manifest manifest = dataset.manifest();
    return manifest.task().isOfImages()
        ? new InputSettings.Pixels(
            images.apply(settings, manifest),
            trainedOn.statistics(),
            subtractsMeanImage(settings) ? trainedOn.meanImage() : null)
        : new InputSettings.Tokens(
            manifest.task(),
            trainedOn.text().vocabulary(),
            trainedOn.classes(),
            settings.integer(Key.SEQUENCE_LENGTH));
  }

  private static boolean subtractsMeanImage(Settings settings) {
    return settings.choice(Key.MEAN, MeanType.class) == MeanType.PIXEL;
  }

  private static void requireFits(MeanImage mean, Dataset dataset) {
    if (mean == null) {
      throw new ConfigurationException(
          List.of(Key.MEAN.path() + " pixel: the model was trained with a mean per channel"));
    }
    Images images = dataset.manifest().images();
    ImageShape expected = new ImageShape(mean.channels(), mean.height(), mean.width());
    if (images.shape().isEmpty() || !images.shape().get().equals(expected)) {
      throw new ConfigurationException(
          List.of(
              Checks.format(
                  "%s pixel: the model's mean image is %s: expected images of that shape, found %s"
                      + " (%s); pack them in that size",
                  Key.MEAN.path(), expected, images, dataset.uri())));
    }
  }

  private static void requireReadable(DatasetProfile trainedOn, Dataset dataset)
      throws DataException {
    Task task = dataset.manifest().task();
    boolean readsImages = trainedOn.statistics() != null;
    if (task.isOfImages() != readsImages) {
      throw new DataException(
          Checks.format(
              "The dataset %s is for %s: expected one of %s, which the model was trained on",
              dataset.uri(), task, readsImages ? "images" : "texts"));
    }
  }

  /** A language model's text is laid out by lengths in tokens of the dataset's own vocabulary. */
  private static void requireSameVocabulary(DatasetProfile trainedOn, Dataset dataset)
      throws DataException {
    if (dataset.manifest().task() == Task.LANGUAGE_MODEL
        && trainedOn.text() != null
        && !trainedOn.text().vocabulary().equals(dataset.manifest().text().vocabulary())) {
      throw new DataException(
          Checks.format(
              "The dataset %s has another vocabulary than the model, by which the lengths of its"
                  + " texts were counted: expected that of the dataset which the model was trained"
                  + " on; pack both as splits of one dataset",
              dataset.uri()));
    }
  }

  private static InputSettings.Cache cache(Settings settings) {
    String folder = settings.text(Key.CACHE_FOLDER);
    return folder.isEmpty()
        ? null
        : new InputSettings.Cache(
            folder, settings.integer(Key.CACHE_GIGABYTES) * BYTES_OF_A_GIGABYTE);
  }

  /** The engine that the settings ask for. */
  public static EngineSettings engine(Settings settings) {
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
      BiFunction<Settings, Manifest, ImagePipeline> images) {
    return new ReplicaSetup(
        model,
        engine(settings),
        new InputSettings(
            InputSettings.Source.of(dataset, split),
            new InputSettings.Order(
                settings.integer(Key.BLOCK_EXAMPLES), settings.integer(Key.WINDOW_BLOCKS)),
            features(settings, dataset, trainedOn, images),
            new InputSettings.Reading(
                settings.integer(Key.PREFETCH),
                settings.integer(Key.DECODE_THREADS),
                cache(settings)),
            settings.choice(Key.ON_BAD_EXAMPLE, OnBadExample.class)));
  }
}
