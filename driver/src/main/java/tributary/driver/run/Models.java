package tributary.driver.run;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import tributary.datasets.DataException;
import tributary.datasets.Storage;
import tributary.datasets.minibatch.Minibatch;
import tributary.datasets.minibatch.Minibatch.Masks;
import tributary.datasets.minibatch.Minibatch.Reading;
import tributary.datasets.shard.ImageShape;
import tributary.datasets.shard.Manifest;
import tributary.datasets.shard.Task;
import tributary.datasets.text.Vocabulary;
import tributary.driver.conf.ConfigurationException;
import tributary.driver.conf.Key;
import tributary.driver.conf.Settings;
import tributary.worker.executor.Engines;
import tributary.worker.model.ModelConfiguration;
import tributary.worker.model.ModelException;
import tributary.worker.model.ModelInput;
import tributary.worker.model.ModelOptions;
import tributary.worker.model.ModelVariant;
import tributary.worker.model.Network;
import tributary.worker.model.OptimizerSettings;
import tributary.worker.model.Pretrained;
import tributary.worker.model.SoftLabels;
import tributary.worker.model.Zoo;

/** Which network the settings ask for. */
public final class Models {
  private Models() {}

  /**
   * The network for a dataset: a zoo model, a file with DL4J's JSON, or a trained network.
   *
   * @throws ModelException if the file is missing or refused, or the network can't learn from the
   *     labels that the settings make
   */
  public static ModelConfiguration of(Settings settings, Manifest data, Configuration hadoop)
      throws IOException {
    return settings.text(Key.MODEL_FROM).isEmpty()
        ? untrained(settings, data, hadoop)
        : initial(settings, data, hadoop).model();
  }

  /**
   * The network for a dataset with what training begins with: parameters as DL4J draws them, or
   * those of a trained network.
   *
   * @throws ModelException as {@link #of} does
   * @throws tributary.datasets.DataException if the trained network tells other classes apart
   */
  public static InitialModel initial(Settings settings, Manifest data, Configuration hadoop)
      throws IOException {
    if (settings.text(Key.MODEL_FROM).isEmpty()) {
      return InitialModel.of(untrained(settings, data, hadoop));
    }
    Pretrained trained = Transfers.of(settings, data, optimizer(settings, data), hadoop);
    requireTrainable(trained.model(), settings, data);
    return InitialModel.of(trained);
  }

  private static ModelConfiguration untrained(
      Settings settings, Manifest data, Configuration hadoop) throws IOException {
    String file = settings.text(Key.MODEL_FILE);
    ModelConfiguration model = file.isEmpty() ? ofZoo(settings, data) : ofFile(file, hadoop);
    requireTrainable(model, settings, data);
    return model;
  }

  private static void requireTrainable(ModelConfiguration model, Settings settings, Manifest data) {
    requireFits(model, settings, data);
    if (ImagePipelines.mixing(settings).softensLabels()) {
      String softening = Key.MIXUP.path() + " and " + Key.LABEL_SMOOTHING.path();
      if (!data.task().isOfImages()) {
        throw new ConfigurationException(
            List.of(softening + ": texts are trained by their labels as they are; set both to 0"));
      }
      SoftLabels.require(model, softening);
    }
  }

  /**
   * Refuses a model that can't be trained on a dataset by the engine that the settings ask for.
   *
   * @throws ModelException if it takes no such examples, or tells other classes apart
   */
  public static void requireFits(ModelConfiguration model, Settings settings, Manifest data) {
    try (Network network = Network.build(model)) {
      network.requireFits(blank(settings, data, Splits.classes(data)));
    }
    Engines.requireRuns(ReplicaSetups.engine(settings), model);
  }

  /**
   * Refuses a model that can't read a dataset's examples, whatever it tells of them.
   *
   * @throws ModelException if it takes no such examples
   */
  public static void requireReads(ModelConfiguration model, Settings settings, Manifest data) {
    try (Network network = Network.build(model)) {
      network.requireReads(blank(settings, data, /* classes= */ 1));
    }
    Engines.requireRuns(ReplicaSetups.engine(settings), model);
  }

  /**
   * Passes if a dataset's classes are those that a model was trained on. The order counts: an
   * output of the model is a position in the list.
   *
   * @param remedy ends the error
   */
  public static void requireSameClasses(List<String> model, List<String> data, String remedy)
      throws DataException {
    if (!model.equals(data)) {
      throw new DataException(
          "The dataset's classes are not those that the model was trained on: expected "
              + model
              + ", found "
              + data
              + "; "
              + remedy);
    }
  }

  /** A network from a file with DL4J's JSON. */
  public static ModelConfiguration ofFile(String file, Configuration hadoop) throws IOException {
    Path path = new Path(file);
    try {
      byte[] json = Storage.readAll(Storage.fileSystem(path, hadoop), path);
      return ModelConfiguration.parse(new String(json, StandardCharsets.UTF_8), file);
    } catch (FileNotFoundException e) {
      throw new ModelException(
          "No model file " + file + "; name a DL4J configuration as JSON, or one of " + Zoo.names(),
          e);
    }
  }

  private static ModelConfiguration ofZoo(Settings settings, Manifest data) throws DataException {
    return Zoo.configuration(
        name(settings, data),
        new ModelOptions(
            input(settings, data),
            Splits.classes(data),
            settings.number(Key.SEED),
            optimizer(settings, data),
            variant(settings)));
  }

  private static OptimizerSettings optimizer(Settings settings, Manifest data)
      throws DataException {
    return new OptimizerSettings(
        settings.choice(Key.OPTIMIZER_TYPE, OptimizerSettings.Type.class),
        settings.decimal(Key.LEARNING_RATE),
        settings.decimal(Key.MOMENTUM),
        settings.decimal(Key.WEIGHT_DECAY),
        RateSchedules.of(settings, data));
  }

  /** The zoo's network that the settings name, or that is usual for such a dataset. */
  public static String name(Settings settings, Manifest data) {
    return settings.isAuto(Key.MODEL_NAME) ? usual(data.task()) : settings.text(Key.MODEL_NAME);
  }

  private static String usual(Task task) {
    return switch (task) {
      case TEXT_CLASSIFICATION -> "lstm-classifier";
      case TAGGING -> "lstm-tagger";
      case LANGUAGE_MODEL -> "char-lm";
      default -> "lenet";
    };
  }

  private static ModelInput input(Settings settings, Manifest data) {
    return data.task().isOfImages()
        ? new ModelInput.Images(ImagePipelines.shape(settings, data))
        : new ModelInput.Tokens(
            new Vocabulary(data.text().vocabulary()).size(), settings.integer(Key.SEQUENCE_LENGTH));
  }

  /** One example as a network for the dataset gets it, with all values zero. */
  private static Minibatch blank(Settings settings, Manifest data, int classes) {
    long[] number = {0};
    if (data.task().isOfImages()) {
      ImageShape image = ImagePipelines.shape(settings, data);
      int[] shape = {1, image.channels(), image.height(), image.width()};
      return new Minibatch(number, new float[image.values()], shape, new int[1], classes);
    }
    int steps = Math.min(2, settings.integer(Key.SEQUENCE_LENGTH));
    float[] ones = {1, 1};
    boolean byStep = data.task() != Task.TEXT_CLASSIFICATION;
    float[] mask = Arrays.copyOf(ones, steps);
    return new Minibatch(
        number,
        new float[steps],
        new int[] {1, 1, steps},
        new int[byStep ? steps : 1],
        classes,
        /* softLabels= */ null,
        byStep
            ? Masks.ofSteps(mask, mask, Reading.WHOLE)
            : Masks.ofSequences(mask, new float[] {1}));
  }

  private static ModelVariant variant(Settings settings) {
    return new ModelVariant(
        chosenNumber(settings, Key.MODEL_WIDTH),
        chosenNumber(settings, Key.MODEL_DEPTH),
        settings.isAuto(Key.MODEL_DROPOUT)
            ? OptionalDouble.empty()
            : OptionalDouble.of(settings.decimal(Key.MODEL_DROPOUT)),
        settings.choice(Key.MODEL_STEM, ModelVariant.Stem.class));
  }

  private static OptionalInt chosenNumber(Settings settings, Key key) {
    return settings.isAuto(key) ? OptionalInt.empty() : OptionalInt.of(settings.integer(key));
  }
}
