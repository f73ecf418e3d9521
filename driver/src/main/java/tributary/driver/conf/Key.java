package tributary.driver.conf;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;
import tributary.datasets.augment.Flip;
import tributary.datasets.minibatch.OnBadExample;
import tributary.driver.conf.ValueType.Choice;
import tributary.driver.conf.ValueType.Decimal;
import tributary.driver.conf.ValueType.Decimal.Bound;
import tributary.driver.conf.ValueType.NumberOrAuto;
import tributary.driver.conf.ValueType.Text;
import tributary.driver.conf.ValueType.WholeNumber;
import tributary.worker.engine.EngineSettings;
import tributary.worker.model.ModelVariant;
import tributary.worker.model.OptimizerSettings;
import tributary.worker.model.RateSchedule;
import tributary.worker.model.Zoo;
import tributary.worker.train.OptimizerStatePolicy;
import tributary.worker.train.OuterStepType;

/** The table of settings; defaults stand in {@code conf/tributary.yaml} alone. */
public enum Key {
  /** Folder of the packed dataset. */
  DATA_PATH("data.path", new Text(), Effect.NONE),
  /** Split to train on. */
  TRAIN_SPLIT("data.train-split", new Text(), Effect.RESULT),
  /** Split to measure on. */
  EVALUATION_SPLIT("data.evaluation-split", new Text(), Effect.MEASURE),
  /** Name of a zoo model, or auto for what is usual for the data. */
  MODEL_NAME("model.name", new Choice(Key::modelNames), Effect.RESULT),
  /** File with a DL4J configuration. */
  MODEL_FILE("model.file", new Text(), Effect.RESULT),
  /** Channels or units of the zoo model. */
  MODEL_WIDTH("model.width", new NumberOrAuto(new WholeNumber(1, 100_000)), Effect.RESULT),
  /** Layers or blocks of the zoo model. */
  MODEL_DEPTH("model.depth", new NumberOrAuto(new WholeNumber(1, 1_000)), Effect.RESULT),
  /** Share of values that the zoo model drops in training. */
  MODEL_DROPOUT(
      "model.dropout", new NumberOrAuto(new Decimal(0, Bound.INCLUDED, 1)), Effect.RESULT),
  /** How a residual network begins. */
  MODEL_STEM("model.stem", choice(ModelVariant.Stem.values()), Effect.RESULT),
  /** A run, a checkpoint or a DL4J zip whose network and parameters a run begins with. */
  MODEL_FROM("model.from", new Text(), Effect.RESULT),
  /** The last layer of that network that is not trained. */
  MODEL_FREEZE_TO("model.freeze-to", new Text(), Effect.RESULT),
  /** Whether that network gets a new output layer. */
  MODEL_REPLACE_HEAD(
      "model.replace-head", new Choice(() -> List.of("true", "false")), Effect.RESULT),
  /** The engine. */
  ENGINE_TYPE("engine.type", choice(EngineSettings.Type.values()), Effect.RESULT),
  /** Threads of one replica. */
  ENGINE_THREADS("engine.threads", new WholeNumber(1, 1024), Effect.RESULT),
  /** What computes. */
  ENGINE_DEVICE("engine.device", choice(EngineSettings.Device.values()), Effect.RESULT),
  /** What numbers are multiplied in. */
  ENGINE_PRECISION("engine.precision", choice(EngineSettings.Precision.values()), Effect.RESULT),
  /** Number of replicas. */
  REPLICAS("training.replicas", new WholeNumber(1, 65_536), Effect.RESULT),
  /** Steps between two averages. */
  LOCAL_STEPS(
      "training.local-steps", new NumberOrAuto(new WholeNumber(1, 1_000_000)), Effect.RESULT),
  /** Share of a round that may be overhead where local steps are measured. */
  OVERHEAD_BUDGET("training.overhead-budget", new Decimal(0, Bound.EXCLUDED, 1), Effect.NONE),
  /** Epochs before local steps begin. */
  POST_LOCAL_EPOCH("training.post-local-epoch", new WholeNumber(0, 1_000_000), Effect.RESULT),
  /** Examples per step. */
  MINIBATCH_SIZE("training.minibatch-size", new WholeNumber(1, 1_000_000), Effect.RESULT),
  /** Passes over the data; more of them continue a run. */
  EPOCHS("training.epochs", new WholeNumber(1, 1_000_000), Effect.NONE),
  /** The run's seed; DL4J takes 0 for the clock. */
  SEED("training.seed", new WholeNumber(1, Long.MAX_VALUE), Effect.RESULT),
  /** Fate of the optimizer's state after a round. */
  OPTIMIZER_STATE("training.optimizer-state", choice(OptimizerStatePolicy.values()), Effect.RESULT),
  /** What follows an average. */
  OUTER_STEP("training.outer-step", choice(OuterStepType.values()), Effect.RESULT),
  /** How far an outer step with momentum goes. */
  OUTER_LEARNING_RATE(
      "training.outer-learning-rate",
      new Decimal(0, Bound.EXCLUDED, Double.POSITIVE_INFINITY),
      Effect.RESULT),
  /** Momentum from round to round. */
  OUTER_MOMENTUM("training.outer-momentum", new Decimal(0, Bound.INCLUDED, 1), Effect.RESULT),
  /** How parameters travel between replicas. */
  EXCHANGE_PRECISION(
      "training.exchange-precision", choice(ExchangePrecision.values()), Effect.RESULT),
  /** What becomes of a round in which numbers are no longer finite. */
  NON_FINITE("training.non-finite", choice(NonFinitePolicy.values()), Effect.RESULT),
  /** Replicas that a round may go on without. */
  SKIP_REPLICAS_AT_MOST(
      "training.skip-replicas-at-most", new WholeNumber(1, 65_536), Effect.RESULT),
  /** How much slower than others a replica is that a warning names. */
  STRAGGLER_FACTOR(
      "training.straggler-factor",
      new Decimal(1, Bound.EXCLUDED, Double.POSITIVE_INFINITY),
      Effect.NONE),
  /** Seconds after which a replica leaves the rest of its round to later ones. */
  ROUND_DEADLINE_SECONDS(
      "training.round-deadline-seconds", new WholeNumber(0, 10_000_000), Effect.RESULT),
  /** Minutes after which a round is given up. */
  ROUND_TIMEOUT_MINUTES("training.round-timeout-minutes", new WholeNumber(0, 100_000), Effect.NONE),
  /** What evaluations are compared by. */
  WATCH("training.watch", choice(Measure.values()), Effect.MEASURE),
  /** How much better a better evaluation is. */
  MIN_IMPROVEMENT(
      "training.min-improvement",
      new Decimal(0, Bound.INCLUDED, Double.POSITIVE_INFINITY),
      Effect.MEASURE),
  /** Evaluations without a better one that end a run. */
  PATIENCE("training.patience", new WholeNumber(0, 1_000_000), Effect.NONE),
  /** Share of the average over the rounds that stays. */
  EMA_DECAY("training.ema-decay", new Decimal(0, Bound.INCLUDED, 1), Effect.RESULT),
  /** Update rule. */
  OPTIMIZER_TYPE("optimizer.type", choice(OptimizerSettings.Type.values()), Effect.RESULT),
  /** Step size. */
  LEARNING_RATE(
      "optimizer.learning-rate",
      new Decimal(0, Bound.EXCLUDED, Double.POSITIVE_INFINITY),
      Effect.RESULT),
  /** Nesterov's momentum. */
  MOMENTUM("optimizer.momentum", new Decimal(0, Bound.INCLUDED, 1), Effect.RESULT),
  /** L2 penalty. */
  WEIGHT_DECAY(
      "optimizer.weight-decay",
      new Decimal(0, Bound.INCLUDED, Double.POSITIVE_INFINITY),
      Effect.RESULT),
  /** How the learning rate changes. */
  SCHEDULE("optimizer.schedule", choice(RateSchedule.Type.values()), Effect.RESULT),
  /** Epochs in which the learning rate grows. */
  WARMUP_EPOCHS("optimizer.warmup-epochs", epochs(), Effect.RESULT),
  /** Epochs between drops of the learning rate, or to its end. */
  DECAY_EPOCHS("optimizer.decay-epochs", epochs(), Effect.RESULT),
  /** What a drop leaves of the learning rate. */
  DECAY_FACTOR("optimizer.decay-factor", new Decimal(0, Bound.EXCLUDED, 1), Effect.RESULT),
  /** Power of a polynomial. */
  DECAY_POWER("optimizer.decay-power", new Decimal(0, Bound.EXCLUDED, 1000), Effect.RESULT),
  /** Where the learning rate ends. */
  LAST_LEARNING_RATE(
      "optimizer.last-learning-rate",
      new Decimal(0, Bound.INCLUDED, Double.POSITIVE_INFINITY),
      Effect.RESULT),
  /** Longest gradient. */
  CLIP_NORM(
      "optimizer.clip-norm",
      new Decimal(0, Bound.INCLUDED, Double.POSITIVE_INFINITY),
      Effect.RESULT),
  /** Largest element of a gradient. */
  CLIP_VALUE(
      "optimizer.clip-value",
      new Decimal(0, Bound.INCLUDED, Double.POSITIVE_INFINITY),
      Effect.RESULT),
  /** What a plateau leaves of the learning rate. */
  PLATEAU_FACTOR("optimizer.plateau-factor", new Decimal(0, Bound.INCLUDED, 1), Effect.RESULT),
  /** Evaluations that make a plateau. */
  PLATEAU_PATIENCE("optimizer.plateau-patience", new WholeNumber(1, 1_000_000), Effect.RESULT),
  /** Examples in a block of the epoch's order. */
  BLOCK_EXAMPLES("input.block-examples", new WholeNumber(1, 1_000_000), Effect.RESULT),
  /** Blocks in a window of the epoch's order. */
  WINDOW_BLOCKS("input.window-blocks", new WholeNumber(1, 1_000_000), Effect.RESULT),
  /** Rows of the images that the network sees. */
  IMAGE_HEIGHT("input.image-height", new WholeNumber(0, 8192), Effect.RESULT),
  /** Columns of the images that the network sees. */
  IMAGE_WIDTH("input.image-width", new WholeNumber(0, 8192), Effect.RESULT),
  /** What is subtracted from pixels. */
  MEAN("input.mean", choice(MeanType.values()), Effect.RESULT),
  /** Which part of an image is seen in training. */
  CROP("input.crop", choice(CropType.values()), Effect.RESULT),
  /** Share of an image's area that a crop of random size has at least. */
  CROP_MIN_AREA("input.crop-min-area", new Decimal(0, Bound.EXCLUDED, 1), Effect.RESULT),
  /** Pixels that the shorter side is scaled to before a crop. */
  RESIZE("input.resize", new WholeNumber(0, 16_384), Effect.RESULT),
  /** Width of the black margin around an image. */
  PADDING("input.padding", new WholeNumber(0, 1024), Effect.RESULT),
  /** Which images are mirrored. */
  FLIP("input.flip", choice(Flip.values()), Effect.RESULT),
  /** How far brightness changes at random. */
  BRIGHTNESS("input.brightness", new Decimal(0, Bound.INCLUDED, 1), Effect.RESULT),
  /** How far contrast changes at random. */
  CONTRAST("input.contrast", new Decimal(0, Bound.INCLUDED, 1), Effect.RESULT),
  /** How far saturation changes at random. */
  SATURATION("input.saturation", new Decimal(0, Bound.INCLUDED, 1), Effect.RESULT),
  /** How far the light's colour changes at random. */
  LIGHTING("input.lighting", new Decimal(0, Bound.INCLUDED, 10), Effect.RESULT),
  /** Share of the images that lose a rectangle. */
  ERASING("input.erasing", new Decimal(0, Bound.INCLUDED, 1), Effect.RESULT),
  /** How evenly training examples are mixed with each other. */
  MIXUP("input.mixup", new Decimal(0, Bound.INCLUDED, 1_000_000), Effect.RESULT),
  /** Share of a training label that all classes have in equal parts. */
  LABEL_SMOOTHING("input.label-smoothing", new Decimal(0, Bound.INCLUDED, 1), Effect.RESULT),
  /** Tokens of a sequence. */
  SEQUENCE_LENGTH("input.sequence-length", new WholeNumber(1, 1_000_000), Effect.RESULT),
  /** Threads that decode. */
  DECODE_THREADS("input.decode-threads", new WholeNumber(1, 1024), Effect.NONE),
  /** Where executors keep copies of remote shards. */
  CACHE_FOLDER("input.cache-folder", new Text(), Effect.NONE),
  /** Room for those copies. */
  CACHE_GIGABYTES("input.cache-gigabytes", new WholeNumber(1, 1_000_000), Effect.NONE),
  /** What becomes of an example that cannot be used. */
  ON_BAD_EXAMPLE("input.on-bad-example", choice(OnBadExample.values()), Effect.NONE),
  /** Share of a split's examples that may be bad. */
  MAX_BAD_FRACTION("input.max-bad-fraction", new Decimal(0, Bound.INCLUDED, 1), Effect.NONE),
  /** Minibatches read ahead. */
  PREFETCH("input.prefetch", new WholeNumber(1, 1024), Effect.NONE),
  /** Epochs between two evaluations. */
  EVALUATE_EVERY_EPOCHS("evaluation.every-epochs", new WholeNumber(0, 1_000_000), Effect.MEASURE),
  /** Examples per forward pass. */
  EVALUATION_MINIBATCH_SIZE(
      "evaluation.minibatch-size", new WholeNumber(1, 1_000_000), Effect.MEASURE),
  /** Looks at each image. */
  EVALUATION_CROPS("evaluation.crops", new Choice(() -> List.of("1", "10")), Effect.MEASURE),
  /** Rounds between two checkpoints. */
  CHECKPOINT_EVERY_ROUNDS("checkpoint.every-rounds", new WholeNumber(0, 1_000_000), Effect.NONE),
  /** Checkpoints that stay. */
  CHECKPOINT_KEEP("checkpoint.keep", new WholeNumber(1, 1_000_000), Effect.NONE),
  /** What becomes of a run whose checkpoint can't be written. */
  CHECKPOINT_ON_FAILURE("checkpoint.on-failure", choice(FailurePolicy.values()), Effect.NONE),
  /** Where run folders are made. */
  RUN_FOLDER("run.folder", new Text(), Effect.NONE),
  /** Seconds without a heartbeat after which a run folder may be taken over. */
  RUN_LEASE_SECONDS("run.lease-seconds", new WholeNumber(1, 86_400), Effect.NONE),
  /** Seconds that work may wait for the first executor to come, or to come back. */
  RUN_CLUSTER_TIMEOUT_SECONDS(
      "run.cluster-timeout-seconds", new WholeNumber(1, 86_400), Effect.NONE);

  /** Whether a setting changes the parameters that a run ends with. */
  enum Effect {
    /** A resumed run must have the same value. */
    RESULT,
    /** So must it where the learning rate follows evaluations: it changes what they measure. */
    MEASURE,
    /** May differ when a run is resumed. */
    NONE
  }

  private final String path;

  @SuppressWarnings("ImmutableEnumChecker") // records of numbers and words
  private final ValueType type;

  private final Effect effect;

  Key(String path, ValueType type, Effect effect) {
    this.path = path;
    this.type = type;
    this.effect = effect;
  }

  /** The key as files have it, dots between the levels. */
  public String path() {
    return path;
  }

  ValueType type() {
    return type;
  }

  Effect effect() {
    return effect;
  }

  static Optional<Key> of(String path) {
    return Stream.of(values()).filter(key -> key.path.equals(path)).findFirst();
  }

  private static List<String> modelNames() {
    return Stream.concat(Stream.of(NumberOrAuto.AUTO), Zoo.names().stream()).toList();
  }

  private static Decimal epochs() {
    return new Decimal(0, Bound.INCLUDED, 1_000_000);
  }

  private static Choice choice(Enum<?>[] values) {
    List<String> words =
        Arrays.stream(values)
            .map(value -> value.name().toLowerCase(Locale.ROOT).replace('_', '-'))
            .toList();
    return new Choice(() -> words);
  }
}
