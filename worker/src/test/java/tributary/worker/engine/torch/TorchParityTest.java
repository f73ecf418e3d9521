package tributary.worker.engine.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.layers.SubsamplingLayer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.config.Nesterovs;
import org.nd4j.linalg.learning.config.NoOp;
import org.nd4j.linalg.learning.config.Sgd;
import org.nd4j.linalg.schedule.ScheduleType;
import org.nd4j.linalg.schedule.StepSchedule;
import tributary.datasets.Seeds;
import tributary.datasets.minibatch.Minibatch;
import tributary.datasets.shard.ImageShape;
import tributary.worker.engine.EngineSettings;
import tributary.worker.engine.Replica;
import tributary.worker.engine.StepKey;
import tributary.worker.engine.nd4j.Nd4jEngine;
import tributary.worker.model.ModelConfiguration;
import tributary.worker.model.ModelInput;
import tributary.worker.model.ModelOptions;
import tributary.worker.model.ModelState;
import tributary.worker.model.Network;
import tributary.worker.model.OptimizerSettings;
import tributary.worker.model.Zoo;

/** DL4J is the oracle: both engines get the same state and minibatches and must agree. */
class TorchParityTest {
  private static final double TOLERANCE = 1e-4;
  private static final ImageShape IMAGE = new ImageShape(3, 13, 11);

  @ParameterizedTest
  @MethodSource("updaters")
  void updatesAsDl4jDoes(IUpdater updater) {
    assertAgree(stack(updater, 0, new DenseLayer.Builder().nOut(12).build()));
  }

  static Stream<IUpdater> updaters() {
    return Stream.of(
        new Sgd(0.1),
        new Sgd(new StepSchedule(ScheduleType.ITERATION, 0.1, 0.5, 2)),
        new Nesterovs(0.05, 0.9),
        new Adam(1e-2),
        new Adam(1e-2, 0.8, 0.95, 1e-6),
        new NoOp());
  }

  @Test
  void addsL2ToWeightsAndToTheLossAsDl4jDoes() {
    assertAgree(stack(new Adam(1e-2), 0.05, new DenseLayer.Builder().nOut(12).build()));
  }

  @Test
  void keepsDl4jsBlocksWhenLayersHaveUpdatersOfTheirOwn() {
    assertAgree(
        stack(
            new Adam(1e-2),
            0.01,
            new DenseLayer.Builder().nOut(12).updater(new Nesterovs(0.05, 0.8)).build(),
            new DenseLayer.Builder().nOut(9).updater(new Sgd(0.1)).build(),
            new DenseLayer.Builder().nOut(8).biasUpdater(new Sgd(0.2)).build()));
  }

  @ParameterizedTest
  @EnumSource(
      value = Activation.class,
      names = {"IDENTITY", "RELU", "TANH", "SIGMOID", "SOFTPLUS", "SELU", "SWISH"})
  void activatesAsDl4jDoes(Activation activation) {
    assertAgree(
        stack(
            new Sgd(0.1),
            0,
            new ConvolutionLayer.Builder(3, 3).nOut(3).activation(activation).build(),
            new ActivationLayer(activation),
            new DenseLayer.Builder().nOut(12).activation(activation).build()));
  }

  @Test
  void convolvesAndPoolsAsDl4jDoesWhateverTheShapes() {
    SplittableRandom random = Seeds.random(21);
    for (int trial = 0; trial < 25; trial++) {
      ConvolutionMode mode = random.nextBoolean() ? ConvolutionMode.Same : ConvolutionMode.Truncate;
      ConvolutionLayer convolution =
          new ConvolutionLayer.Builder(1 + random.nextInt(4), 1 + random.nextInt(4))
              .stride(1 + random.nextInt(2), 1 + random.nextInt(3))
              .padding(mode == ConvolutionMode.Same ? 0 : random.nextInt(2), 0)
              .dilation(1 + random.nextInt(2), 1)
              .hasBias(random.nextBoolean())
              .convolutionMode(mode)
              .nOut(1 + random.nextInt(5))
              .build();
      SubsamplingLayer pooling =
          new SubsamplingLayer.Builder(
                  SubsamplingLayer.PoolingType.MAX,
                  new int[] {2, 1 + random.nextInt(2)},
                  new int[] {1 + random.nextInt(2), 1 + random.nextInt(2)})
              .convolutionMode(mode)
              .build();
      assertAgree(stack(new Sgd(0.05), 0, convolution, pooling));
    }
  }

  @Test
  void runsAGraphThatBranchesAndMergesAsDl4jDoes() {
    Parity.assertAgree(
        new NeuralNetConfiguration.Builder()
            .seed(5)
            .updater(new Adam(1e-2))
            .graphBuilder()
            .addInputs("in")
            .setInputTypes(InputType.convolutional(9, 8, 2))
            .addLayer("a", new ConvolutionLayer.Builder(3, 3).nOut(3).build(), "in")
            .addLayer("b", new ConvolutionLayer.Builder(3, 3).nOut(2).build(), "in")
            .addLayer("out", new OutputLayer.Builder().nOut(4).build(), "a", "b")
            .setOutputs("out")
            .build(),
        Data.classified(4, 2, 9, 8));
  }

  @Test
  void runsLeNetAsDl4jDoes() {
    ImageShape image = new ImageShape(1, 28, 28);
    OptimizerSettings adam = new OptimizerSettings(OptimizerSettings.Type.ADAM, 1e-3, 0, 1e-4);
    assertAgree(
        Zoo.configuration("lenet", new ModelOptions(new ModelInput.Images(image), 10, 3, adam)),
        image,
        10);
  }

  private static ModelConfiguration stack(IUpdater updater, double l2, Layer... layers) {
    var list =
        new NeuralNetConfiguration.Builder()
            .seed(5)
            .updater(updater)
            .l2(l2)
            .activation(Activation.TANH)
            .list();
    for (Layer layer : layers) {
      list.layer(layer);
    }
    return ModelConfiguration.of(
        list.layer(new OutputLayer.Builder().nOut(4).activation(Activation.SOFTMAX).build())
            .setInputType(InputType.convolutional(IMAGE.height(), IMAGE.width(), IMAGE.channels()))
            .build());
  }

  private static void assertAgree(ModelConfiguration model) {
    assertAgree(model, IMAGE, 4);
  }

  private static void assertAgree(ModelConfiguration model, ImageShape image, int classes) {
    Trace dl4j;
    Trace torch;
    ModelState start = Network.initialState(model);
    try (Replica replica =
        new Nd4jEngine(new EngineSettings(EngineSettings.Type.ND4J, 1)).replica(model)) {
      dl4j = trace(replica, start, image, classes);
    }
    try (Replica replica =
        new TorchEngine(new EngineSettings(EngineSettings.Type.TORCH, 1)).replica(model)) {
      torch = trace(replica, start, image, classes);
    }
    String what = model.json();
    assertClose(torch.outputs, dl4j.outputs, "outputs of " + what);
    for (int i = 0; i < dl4j.losses.size(); i++) {
      assertThat(torch.losses.get(i))
          .as("loss of step %d of %s", i, what)
          .isCloseTo(dl4j.losses.get(i), within(TOLERANCE * Math.abs(dl4j.losses.get(i))));
    }
    assertClose(torch.end.parameters(), dl4j.end.parameters(), "parameters of " + what);
    assertClose(torch.end.optimizer(), dl4j.end.optimizer(), "optimizer state of " + what);
  }

  /** Relative to the largest value: single values near zero carry no weight. */
  private static void assertClose(float[] found, float[] expected, String what) {
    assertThat(found).as(what).hasSameSizeAs(expected);
    double largest = 1e-12;
    double difference = 0;
    for (int i = 0; i < expected.length; i++) {
      largest = Math.max(largest, Math.abs(expected[i]));
      difference = Math.max(difference, Math.abs(expected[i] - found[i]));
    }
    assertThat(difference / largest).as(what).isLessThan(TOLERANCE);
  }

  private static Trace trace(Replica replica, ModelState start, ImageShape image, int classes) {
    replica.load(start);
    float[] outputs = replica.forward(minibatch(100, 7, image, classes));
    List<Double> losses = new ArrayList<>();
    for (int step = 0; step < 5; step++) {
      losses.add(
          replica
              .step(minibatch(step, 6 + step, image, classes), new StepKey(step, 0, 1 + step))
              .loss());
    }
    return new Trace(outputs, losses, replica.state());
  }

  private static Minibatch minibatch(long seed, int size, ImageShape image, int classes) {
    SplittableRandom random = Seeds.random(seed, size);
    float[] features = new float[size * image.values()];
    for (int i = 0; i < features.length; i++) {
      features[i] = (float) (random.nextDouble() * 2 - 1);
    }
    int[] shape = {size, image.channels(), image.height(), image.width()};
    int[] labels = random.ints(size, 0, classes).toArray();
    return new Minibatch(new long[size], features, shape, labels, classes);
  }

  @SuppressWarnings("ArrayRecordComponent") // compared by hand
  private record Trace(float[] outputs, List<Double> losses, ModelState end) {}
}
