package tributary.worker.executor;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.assertj.core.data.Offset;
import org.deeplearning4j.nn.conf.BackpropType;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.EmbeddingSequenceLayer;
import org.deeplearning4j.nn.conf.layers.LSTM;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.RnnOutputLayer;
import org.deeplearning4j.nn.conf.layers.misc.FrozenLayer;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.learning.config.Sgd;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;
import tributary.datasets.minibatch.Minibatch;
import tributary.datasets.minibatch.Minibatch.Masks;
import tributary.datasets.minibatch.Minibatch.Reading;
import tributary.worker.engine.EngineSettings;
import tributary.worker.engine.Replica;
import tributary.worker.engine.StepKey;
import tributary.worker.model.GradientClip;
import tributary.worker.model.ModelConfiguration;
import tributary.worker.model.Network;
import tributary.worker.model.UpdateRules;

/** A text that is read window by window is read as one that is read at once. */
class ContinuedSequencesTest {
  private static final int SIZE = 3;
  private static final int WINDOW = 4;
  private static final int TOKENS = 7;
  private static final double RATE = 0.1;

  @ParameterizedTest
  @EnumSource
  void trainsWindowByWindowAsSegmentBySegment(EngineSettings.Type type) {
    try (Replica whole = replica(type);
        Replica windows = replica(type)) {
      double loss = whole.step(window(0, 2 * WINDOW, Reading.WHOLE), new StepKey(0, 0, 1)).loss();
      double first =
          windows.step(window(0, WINDOW, Reading.BEGINNING), new StepKey(0, 0, 1)).loss();
      double second =
          windows.step(window(WINDOW, WINDOW, Reading.CONTINUED), new StepKey(1, 0, 1)).loss();
      assertThat(loss).isCloseTo(first + second, Offset.offset(1e-5));
      assertThat(windows.state().parameters())
          .containsExactly(whole.state().parameters(), Offset.offset(1e-7f));
    }
  }

  @ParameterizedTest
  @EnumSource
  void aBeginningForgetsWhatWasReadBefore(EngineSettings.Type type) {
    try (Replica fresh = replica(type);
        Replica used = replica(type)) {
      Minibatch beginning = window(0, WINDOW, Reading.BEGINNING);
      used.forward(window(5, WINDOW, Reading.BEGINNING));
      assertThat(used.forward(beginning)).containsExactly(fresh.forward(beginning));
      used.forward(window(5, WINDOW, Reading.CONTINUED));
      used.load(Network.initialState(model()));
      assertThat(used.forward(beginning)).containsExactly(fresh.forward(beginning));
    }
  }

  @ParameterizedTest
  @EnumSource
  void tellsOutputsWindowByWindowAsOfTheWhole(EngineSettings.Type type) {
    try (Replica replica = replica(type)) {
      float[] whole = replica.forward(window(0, 2 * WINDOW, Reading.WHOLE));
      float[] first = replica.forward(window(0, WINDOW, Reading.BEGINNING));
      float[] second = replica.forward(window(WINDOW, WINDOW, Reading.CONTINUED));
      for (int row = 0; row < SIZE * TOKENS; row++) {
        int at = row * WINDOW;
        assertThat(Arrays.copyOfRange(first, at, at + WINDOW))
            .containsExactly(part(whole, row, 0), Offset.offset(1e-6f));
        assertThat(Arrays.copyOfRange(second, at, at + WINDOW))
            .containsExactly(part(whole, row, WINDOW), Offset.offset(1e-6f));
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void aFrozenLayerReadsOnWithItsMemoryAndForgetsAtABeginning(EngineSettings.Type type) {
    for (ModelConfiguration model : List.of(frozen(), frozenGraph())) {
      try (Replica replica = replica(type, model)) {
        float[] whole = replica.forward(window(0, 2 * WINDOW, Reading.WHOLE));
        float[] first = replica.forward(window(0, WINDOW, Reading.BEGINNING));
        float[] second = replica.forward(window(WINDOW, WINDOW, Reading.CONTINUED));
        for (int row = 0; row < SIZE * TOKENS; row++) {
          assertThat(Arrays.copyOfRange(second, row * WINDOW, (row + 1) * WINDOW))
              .containsExactly(part(whole, row, WINDOW), Offset.offset(1e-6f));
        }
        assertThat(replica.forward(window(0, WINDOW, Reading.BEGINNING))).containsExactly(first);
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void everySegmentIsUpdatedByTheRunsRules(EngineSettings.Type type) {
    float[] start = Network.initialState(model()).parameters();
    double clipped = 0.01;
    StepKey key =
        new StepKey(
            0, 0, 1, new UpdateRules(0, /* rateFactor= */ 0.5, new GradientClip(clipped, 0)));
    try (Replica replica = replica(type)) {
      replica.step(window(0, 2 * WINDOW, Reading.WHOLE), key);
      double longest = 2 * clipped * RATE * 0.5;
      assertThat(distance(replica.state().parameters(), start))
          .isBetween(0.2 * longest, 1.001 * longest);
    }
  }

  private static double distance(float[] one, float[] other) {
    double squares = 0;
    for (int i = 0; i < one.length; i++) {
      squares += Math.pow((double) one[i] - other[i], 2);
    }
    return Math.sqrt(squares);
  }

  private static float[] part(float[] whole, int row, int from) {
    int at = row * 2 * WINDOW + from;
    return Arrays.copyOfRange(whole, at, at + WINDOW);
  }

  private static Replica replica(EngineSettings.Type type) {
    return replica(type, model());
  }

  private static Replica replica(EngineSettings.Type type, ModelConfiguration model) {
    Replica replica =
        Engines.replica(
            new EngineSettings(type, 1, EngineSettings.Precision.FP32, EngineSettings.Device.CPU),
            model);
    replica.load(Network.initialState(model));
    return replica;
  }

  private static Minibatch window(int from, int steps, Reading reading) {
    float[] tokens = new float[SIZE * steps];
    int[] labels = new int[SIZE * steps];
    for (int i = 0; i < tokens.length; i++) {
      tokens[i] = token(i / steps, from + i % steps);
      labels[i] = token(i / steps, from + i % steps + 1);
    }
    float[] ones = new float[tokens.length];
    Arrays.fill(ones, 1);
    return new Minibatch(
        IntStream.range(0, SIZE).asLongStream().toArray(),
        tokens,
        new int[] {SIZE, 1, steps},
        labels,
        TOKENS,
        null,
        Masks.ofSteps(ones, ones, reading));
  }

  private static int token(int lane, int place) {
    return (lane * 5 + place * place) % TOKENS;
  }

  private static ModelConfiguration model() {
    return model(lstm());
  }

  private static ModelConfiguration frozen() {
    return model(new FrozenLayer(lstm()));
  }

  private static ModelConfiguration frozenGraph() {
    return ModelConfiguration.of(
        new NeuralNetConfiguration.Builder()
            .seed(7)
            .updater(new Sgd(RATE))
            .graphBuilder()
            .addInputs("tokens")
            .addLayer("embedding", embedding(), "tokens")
            .addLayer("lstm", new FrozenLayer(lstm()), "embedding")
            .addLayer("output", output(), "lstm")
            .setOutputs("output")
            .setInputTypes(InputType.recurrent(TOKENS))
            .backpropType(BackpropType.TruncatedBPTT)
            .tBPTTForwardLength(WINDOW)
            .tBPTTBackwardLength(WINDOW)
            .build());
  }

  private static EmbeddingSequenceLayer embedding() {
    return new EmbeddingSequenceLayer.Builder().nIn(TOKENS).nOut(4).build();
  }

  private static RnnOutputLayer output() {
    return new RnnOutputLayer.Builder(LossFunction.MCXENT)
        .nIn(5)
        .nOut(TOKENS)
        .activation(Activation.SOFTMAX)
        .build();
  }

  private static LSTM lstm() {
    return new LSTM.Builder().nIn(4).nOut(5).activation(Activation.TANH).build();
  }

  private static ModelConfiguration model(Layer recurrent) {
    return ModelConfiguration.of(
        new NeuralNetConfiguration.Builder()
            .seed(7)
            .updater(new Sgd(RATE))
            .list()
            .layer(embedding())
            .layer(recurrent)
            .layer(output())
            .setInputType(InputType.recurrent(TOKENS))
            .backpropType(BackpropType.TruncatedBPTT)
            .tBPTTLength(WINDOW)
            .build());
  }
}
