package tributary.worker.engine.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static tributary.worker.engine.torch.OracleArrays.assertClose;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.LSTM;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.LossLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.layers.RnnOutputLayer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.config.Sgd;
import org.nd4j.linalg.lossfunctions.ILossFunction;
import org.nd4j.linalg.lossfunctions.impl.LossBinaryXENT;
import org.nd4j.linalg.lossfunctions.impl.LossKLD;
import org.nd4j.linalg.lossfunctions.impl.LossL2;
import org.nd4j.linalg.lossfunctions.impl.LossMCXENT;
import org.nd4j.linalg.lossfunctions.impl.LossMSE;
import org.nd4j.linalg.lossfunctions.impl.LossNegativeLogLikelihood;
import tributary.datasets.Seeds;
import tributary.datasets.minibatch.Minibatch;
import tributary.worker.engine.Engine;
import tributary.worker.engine.EngineSettings;
import tributary.worker.engine.Replica;
import tributary.worker.engine.StepKey;
import tributary.worker.engine.nd4j.Nd4jEngine;
import tributary.worker.model.ModelConfiguration;
import tributary.worker.model.ModelState;
import tributary.worker.model.Nd4jRuntime;
import tributary.worker.model.Network;

/** Minibatches with soft labels: DL4J is the oracle of the engine, and formulas are of both. */
@Timeout(60)
class SoftLabelsParityTest {
  private static final double TOLERANCE = 1e-4;
  private static final int CLASSES = 4;
  private static final int FEATURES = 6;

  static {
    Nd4jRuntime.load();
  }

  static Stream<Layer> outputs() {
    ILossFunction weighted = new LossMCXENT(Nd4j.createFromArray(0.5f, 2f, 1f, 1.5f));
    return Stream.of(
        output(new LossMCXENT(), Activation.SOFTMAX),
        output(weighted, Activation.SOFTMAX),
        output(new LossNegativeLogLikelihood(), Activation.SOFTMAX),
        output(new LossBinaryXENT(), Activation.SIGMOID),
        output(new LossKLD(), Activation.SOFTMAX),
        output(new LossMSE(), Activation.SOFTMAX),
        output(new LossL2(), Activation.SIGMOID));
  }

  @ParameterizedTest
  @MethodSource("outputs")
  void bothEnginesTakeTheSameSteps(Layer output) {
    ModelConfiguration model = model(new Adam(1e-2), hidden(), output);
    assertAgree(model, step -> soft(step, 5 + step, CLASSES));
  }

  @Test
  void bothEnginesTakeTheSameStepsWhereTheOutputHasNoParameters() {
    Layer output = new LossLayer.Builder(new LossMCXENT()).activation(Activation.SOFTMAX).build();
    Layer sums = new DenseLayer.Builder().nOut(CLASSES).activation(Activation.IDENTITY).build();
    ModelConfiguration model = model(new Adam(1e-2), hidden(), sums, output);
    assertAgree(model, step -> soft(step, 5 + step, CLASSES));
  }

  @Test
  void bothEnginesTakeTheSameStepsOnSequences() {
    int steps = 7;
    ModelConfiguration model =
        ModelConfiguration.of(
            new NeuralNetConfiguration.Builder()
                .seed(5)
                .updater(new Adam(1e-2))
                .list()
                .layer(new LSTM.Builder().nOut(5).build())
                .layer(
                    new RnnOutputLayer.Builder(new LossMCXENT())
                        .nOut(CLASSES)
                        .activation(Activation.SOFTMAX)
                        .build())
                .setInputType(InputType.recurrent(FEATURES, steps))
                .build());
    assertAgree(
        model,
        step -> {
          SplittableRandom random = Seeds.random(step, 3);
          int size = 3 + step;
          int[] shape = {size, FEATURES, steps};
          return new Minibatch(
                  new long[size],
                  floats(random, size * FEATURES * steps),
                  shape,
                  random.ints((long) size * steps, 0, CLASSES).toArray(),
                  CLASSES)
              .with(shares(random, size, CLASSES, steps));
        });
  }

  @ParameterizedTest
  @EnumSource(EngineSettings.Type.class)
  void softLabelsThatAreAllOneClassAreWorthItsIndex(EngineSettings.Type type) {
    ModelConfiguration model = model(new Sgd(0.5), hidden(), output(new LossMCXENT()));
    Minibatch hard = hard(1, 9, CLASSES);
    float[] shares = new float[9 * CLASSES];
    for (int i = 0; i < 9; i++) {
      shares[i * CLASSES + hard.labels()[i]] = 1;
    }
    Trace ofIndices = trace(type, model, List.of(hard));
    Trace ofShares = trace(type, model, List.of(hard.with(shares)));
    assertClose(ofShares.losses, ofIndices.losses, 1e-6, "losses");
    assertClose(ofShares.parameters, ofIndices.parameters, 1e-6, "parameters");
  }

  /** Szegedy et al., section 7: H(q', p) = (1 - eps) H(q, p) + eps H(u, p), in both engines. */
  @ParameterizedTest
  @EnumSource(EngineSettings.Type.class)
  void theSmoothedLossAndItsSlopeAreThoseOfTheFormula(EngineSettings.Type type) {
    double epsilon = 0.1;
    int size = 8;
    ModelConfiguration model = model(new Sgd(1), output(new LossMCXENT()));
    Minibatch hard = hard(2, size, CLASSES);
    float[] shares = new float[size * CLASSES];
    Arrays.fill(shares, (float) (epsilon / CLASSES));
    IntStream.range(0, size)
        .forEach(i -> shares[i * CLASSES + hard.labels()[i]] += (float) (1 - epsilon));
    try (Replica replica = engine(type).replica(model)) {
      ModelState start = Network.initialState(model);
      replica.load(start);
      float[] p = replica.forward(hard);
      double loss = 0;
      double[] slope = new double[CLASSES];
      for (int i = 0; i < size; i++) {
        loss -= (1 - epsilon) * Math.log(p[i * CLASSES + hard.labels()[i]]) / size;
        for (int k = 0; k < CLASSES; k++) {
          loss -= epsilon / CLASSES * Math.log(p[i * CLASSES + k]) / size;
          double wanted = epsilon / CLASSES + (hard.labels()[i] == k ? 1 - epsilon : 0);
          slope[k] += (p[i * CLASSES + k] - wanted) / size;
        }
      }
      assertThat(replica.step(hard.with(shares), new StepKey(0, 0, 1)).loss())
          .isCloseTo(loss, within(1e-5));
      float[] end = replica.state().parameters();
      double[] found = new double[CLASSES];
      for (int k = 0; k < CLASSES; k++) { // the biases come last
        int at = end.length - CLASSES + k;
        found[k] = start.parameters()[at] - end[at];
      }
      assertClose(found, slope, 1e-5, "slope by the biases");
    }
  }

  /** Zhang et al., section 2: the loss of mixed labels is the mixed loss of labels. */
  @ParameterizedTest
  @EnumSource(EngineSettings.Type.class)
  void theLossOfAMixtureIsTheMixtureOfLosses(EngineSettings.Type type) {
    double share = 0.3;
    ModelConfiguration model = model(new Sgd(1), hidden(), output(new LossMCXENT()));
    Minibatch own = hard(3, 7, CLASSES);
    int[] others = new int[7];
    Arrays.setAll(others, i -> own.labels()[(i + 3) % 7]);
    Minibatch other =
        new Minibatch(own.numbers(), own.features(), own.shape(), others, own.classes());
    float[] shares = new float[7 * CLASSES];
    for (int i = 0; i < 7; i++) {
      shares[i * CLASSES + own.labels()[i]] += (float) share;
      shares[i * CLASSES + others[i]] += (float) (1 - share);
    }
    double[] first = trace(type, model, List.of(own)).losses;
    double[] second = trace(type, model, List.of(other)).losses;
    double[] mixed = trace(type, model, List.of(own.with(shares))).losses;
    assertThat(mixed[0]).isCloseTo(share * first[0] + (1 - share) * second[0], within(1e-5));
  }

  private static void assertAgree(ModelConfiguration model, IntFunction<Minibatch> minibatches) {
    List<Minibatch> steps = IntStream.range(0, 5).mapToObj(minibatches).toList();
    Trace dl4j = trace(EngineSettings.Type.ND4J, model, steps);
    Trace torch = trace(EngineSettings.Type.TORCH, model, steps);
    assertClose(torch.losses, dl4j.losses, TOLERANCE, "losses");
    assertClose(torch.parameters, dl4j.parameters, TOLERANCE, "parameters");
  }

  private static Trace trace(
      EngineSettings.Type type, ModelConfiguration model, List<Minibatch> minibatches) {
    try (Replica replica = engine(type).replica(model)) {
      replica.load(Network.initialState(model));
      double[] losses = new double[minibatches.size()];
      for (int i = 0; i < losses.length; i++) {
        losses[i] = replica.step(minibatches.get(i), new StepKey(i, 0, 1)).loss();
      }
      float[] end = replica.state().parameters();
      return new Trace(losses, IntStream.range(0, end.length).mapToDouble(i -> end[i]).toArray());
    }
  }

  private static Engine engine(EngineSettings.Type type) {
    EngineSettings settings = new EngineSettings(type, 1);
    return type == EngineSettings.Type.ND4J ? new Nd4jEngine(settings) : new TorchEngine(settings);
  }

  private static ModelConfiguration model(IUpdater updater, Layer... layers) {
    var list = new NeuralNetConfiguration.Builder().seed(5).updater(updater).list();
    for (Layer layer : layers) {
      list.layer(layer);
    }
    return ModelConfiguration.of(list.setInputType(InputType.feedForward(FEATURES)).build());
  }

  private static Layer hidden() {
    return new DenseLayer.Builder().nOut(7).activation(Activation.TANH).build();
  }

  private static Layer output(ILossFunction loss) {
    return output(loss, Activation.SOFTMAX);
  }

  private static Layer output(ILossFunction loss, Activation activation) {
    return new OutputLayer.Builder(loss).nOut(CLASSES).activation(activation).build();
  }

  private static Minibatch soft(long seed, int size, int classes) {
    return hard(seed, size, classes).with(shares(Seeds.random(seed, 4), size, classes, 1));
  }

  private static Minibatch hard(long seed, int size, int classes) {
    SplittableRandom random = Seeds.random(seed, size);
    float[] features = floats(random, size * FEATURES);
    int[] labels = random.ints(size, 0, classes).toArray();
    return new Minibatch(new long[size], features, new int[] {size, FEATURES}, labels, classes);
  }

  /** Positive and of sum 1, {@code [size][classes][steps]}. */
  private static float[] shares(SplittableRandom random, int size, int classes, int steps) {
    float[] shares = new float[size * classes * steps];
    for (int i = 0; i < size * steps; i++) {
      double[] row = random.doubles(classes, 0.01, 1).toArray();
      double sum = Arrays.stream(row).sum();
      for (int k = 0; k < classes; k++) {
        shares[(i / steps * classes + k) * steps + i % steps] = (float) (row[k] / sum);
      }
    }
    return shares;
  }

  private static float[] floats(SplittableRandom random, int count) {
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) (random.nextDouble() * 2 - 1);
    }
    return values;
  }

  @SuppressWarnings("ArrayRecordComponent") // compared by hand
  private record Trace(double[] losses, double[] parameters) {}
}
