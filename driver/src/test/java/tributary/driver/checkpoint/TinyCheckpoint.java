package tributary.driver.checkpoint;

import java.util.List;
import java.util.SplittableRandom;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;
import tributary.datasets.Seeds;
import tributary.datasets.image.MeanImage;
import tributary.datasets.shard.ChannelStatistics;
import tributary.datasets.shard.DatasetProfile;
import tributary.driver.exchange.Residual;
import tributary.driver.round.RunState;
import tributary.driver.round.Watched;
import tributary.worker.model.ModelConfiguration;
import tributary.worker.model.ModelState;
import tributary.worker.model.Network;
import tributary.worker.model.ParameterLayout;
import tributary.worker.train.Position;

/** Checkpoints of a real DL4J network of some hundred parameters. */
public final class TinyCheckpoint {
  private static final DatasetProfile TRAINED_ON =
      new DatasetProfile(
          "d".repeat(64),
          List.of("cat", "dog", "größer \"als\""),
          new ChannelStatistics(List.of(0.25), List.of(1 / 3.0)));
  private static final ModelConfiguration MODEL = model();
  private static final ParameterLayout LAYOUT = layout();

  private TinyCheckpoint() {}

  /** A checkpoint after {@code step} steps, its values drawn from the step. */
  public static Checkpoint at(long step) {
    return at(new Position(Math.toIntExact(step), 0, 0, step), step);
  }

  /** A checkpoint with values drawn from {@code seed}. */
  public static Checkpoint at(Position position, long seed) {
    SplittableRandom random = Seeds.random(seed);
    return new Checkpoint(
        MODEL,
        LAYOUT,
        RunState.of(
            new ModelState(
                values(random, LAYOUT.parameterCount()), values(random, LAYOUT.optimizerSize()))),
        position,
        TRAINED_ON,
        "training:\n  seed: " + seed + "\n");
  }

  /** A checkpoint of a model that a mean image was subtracted for. */
  static Checkpoint withMeanImage(long step) {
    Checkpoint plain = at(step);
    long[] sums = Seeds.random(step, 1).longs(25, 0, 256).toArray();
    return new Checkpoint(
        MODEL,
        LAYOUT,
        plain.state(),
        plain.position(),
        TRAINED_ON.with(MeanImage.of(1, 5, 5, sums, 1)),
        plain.settings());
  }

  /** A checkpoint with values drawn from {@code seed}, whatever a run may keep among them. */
  public static Checkpoint ofEverything(Position position, long seed) {
    Checkpoint plain = at(position, seed);
    return new Checkpoint(
        MODEL,
        LAYOUT,
        plain
            .state()
            .withOuterMomentum(values(Seeds.random(seed + 1), LAYOUT.parameterCount()))
            .withResidual(Residual.of(values(Seeds.random(seed + 2), LAYOUT.parameterCount())))
            .withSmoothed(values(Seeds.random(seed + 3), LAYOUT.parameterCount())),
        position,
        TRAINED_ON,
        plain.settings(),
        new Watched(1 / 3.0, position.step(), 0, 0, 0.1));
  }

  /** Any bits: subnormal numbers, both zeros and NaNs among them. */
  static float[] values(SplittableRandom random, long count) {
    float[] values = new float[Math.toIntExact(count)];
    for (int i = 0; i < values.length; i++) {
      values[i] = Float.intBitsToFloat(random.nextInt());
    }
    return values;
  }

  private static ParameterLayout layout() {
    try (Network network = Network.build(MODEL)) {
      return network.layout();
    }
  }

  private static ModelConfiguration model() {
    return ModelConfiguration.of(
        new NeuralNetConfiguration.Builder()
            .seed(1)
            .updater(new Adam(0.01))
            .list()
            .layer(new ConvolutionLayer.Builder(3, 3).nOut(4).activation(Activation.RELU).build())
            .layer(new BatchNormalization())
            .layer(
                new OutputLayer.Builder(LossFunction.MCXENT)
                    .nOut(3)
                    .activation(Activation.SOFTMAX)
                    .build())
            .setInputType(InputType.convolutional(5, 5, 1))
            .build());
  }
}
