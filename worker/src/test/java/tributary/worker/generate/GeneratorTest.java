package tributary.worker.generate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.EmbeddingSequenceLayer;
import org.deeplearning4j.nn.conf.layers.LSTM;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.RnnOutputLayer;
import org.deeplearning4j.nn.conf.layers.recurrent.Bidirectional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.learning.config.Sgd;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;
import tributary.datasets.Seeds;
import tributary.datasets.minibatch.Minibatch;
import tributary.datasets.minibatch.Minibatch.Masks;
import tributary.datasets.minibatch.Minibatch.Reading;
import tributary.datasets.shard.TokenKind;
import tributary.datasets.shard.TokenTable;
import tributary.datasets.text.Vocabulary;
import tributary.worker.engine.EngineSettings;
import tributary.worker.engine.Replica;
import tributary.worker.executor.Engines;
import tributary.worker.model.ModelConfiguration;
import tributary.worker.model.ModelException;
import tributary.worker.model.ModelState;
import tributary.worker.model.Network;

/** On a small network that was never trained, with parameters large enough to have opinions. */
class GeneratorTest {
  private static final Vocabulary VOCABULARY = vocabulary("abcdefghij");
  private static final ModelConfiguration MODEL = model(lstm(), VOCABULARY.size());
  private static final int LENGTH = 40;

  @ParameterizedTest
  @EnumSource
  void writesTokenByTokenWhatItTellsOfTheWholeText(EngineSettings.Type type) {
    int[] prime = VOCABULARY.encode("badcafe");
    try (Replica replica = replica(type, MODEL)) {
      int[] written = written(replica, prime, new Sampler(0, 0, 1));
      int[] text =
          IntStream.concat(
                  IntStream.of(Vocabulary.END),
                  IntStream.concat(Arrays.stream(prime), Arrays.stream(written)))
              .toArray();
      float[] outputs = replica.forward(whole(text));
      for (int i = 0; i < LENGTH; i++) {
        int step = prime.length + i;
        assertThat(new Sampler(0, 0, 1).next(column(outputs, step, text.length)))
            .as("token %d", i)
            .isEqualTo(written[i]);
      }
      assertThat(Arrays.stream(written).distinct().count()).isGreaterThan(2);
    }
  }

  @Test
  void theSameSeedWritesTheSameOnBothEngines() {
    int[] prime = VOCABULARY.encode("face");
    try (Replica torch = replica(EngineSettings.Type.TORCH, MODEL);
        Replica nd4j = replica(EngineSettings.Type.ND4J, MODEL)) {
      int[] first = written(torch, prime, new Sampler(0.9, 5, 3));
      assertThat(written(torch, prime, new Sampler(0.9, 5, 3))).isEqualTo(first);
      assertThat(written(nd4j, prime, new Sampler(0.9, 5, 3))).isEqualTo(first);
      assertThat(written(torch, prime, new Sampler(0.9, 5, 4))).isNotEqualTo(first);
      assertThat(written(torch, VOCABULARY.encode("fad"), new Sampler(0.9, 5, 3)))
          .isNotEqualTo(first);
    }
  }

  @Test
  void thePrimeMayComeInParts() {
    try (Replica replica = replica(EngineSettings.Type.TORCH, MODEL)) {
      int[] prime = VOCABULARY.encode("badcafe");
      int[] atOnce = written(replica, prime, new Sampler(1, 0, 7));
      Generator parts = new Generator(replica, VOCABULARY, new Sampler(1, 0, 7));
      parts.read(Arrays.copyOf(prime, 3));
      parts.read();
      parts.read(Arrays.copyOfRange(prime, 3, prime.length));
      assertThat(IntStream.range(0, LENGTH).map(i -> parts.next()).toArray()).isEqualTo(atOnce);
    }
  }

  @Test
  void networksThatLookAheadAreRefused() {
    ModelConfiguration ahead =
        model(new Bidirectional(Bidirectional.Mode.ADD, lstm()), VOCABULARY.size());
    try (Replica replica = replica(EngineSettings.Type.TORCH, ahead)) {
      assertThatThrownBy(() -> new Generator(replica, VOCABULARY, new Sampler(0, 0, 1)))
          .isInstanceOf(ModelException.class)
          .hasMessageContaining("The network can't go on with a text token by token: token ")
          .hasMessageContaining("remember alone, such as LSTM");
    }
  }

  @Test
  void networksThatTellOtherTokensAreRefused() {
    try (Replica replica =
        replica(EngineSettings.Type.TORCH, model(lstm(), VOCABULARY.size() - 1))) {
      assertThatThrownBy(() -> new Generator(replica, VOCABULARY, new Sampler(0, 0, 1)))
          .isInstanceOf(ModelException.class)
          .hasMessage(
              "The network tells 208 values for 16 steps: expected 14 at each, one for each token");
    }
  }

  private static int[] written(Replica replica, int[] prime, Sampler sampler) {
    Generator generator = new Generator(replica, VOCABULARY, sampler);
    generator.read(prime);
    return IntStream.range(0, LENGTH).map(i -> generator.next()).toArray();
  }

  private static float[] column(float[] outputs, int step, int steps) {
    float[] column = new float[VOCABULARY.size()];
    for (int token = 0; token < column.length; token++) {
      column[token] = outputs[token * steps + step];
    }
    return column;
  }

  private static Minibatch whole(int[] text) {
    float[] features = new float[text.length];
    for (int step = 0; step < text.length; step++) {
      features[step] = text[step];
    }
    float[] ones = new float[text.length];
    Arrays.fill(ones, 1);
    return new Minibatch(
        new long[1],
        features,
        new int[] {1, 1, text.length},
        new int[text.length],
        VOCABULARY.size(),
        null,
        Masks.ofSteps(ones, ones, Reading.WHOLE));
  }

  private static Replica replica(EngineSettings.Type type, ModelConfiguration model) {
    Replica replica =
        Engines.replica(
            new EngineSettings(type, 1, EngineSettings.Precision.FP32, EngineSettings.Device.CPU),
            model);
    ModelState initial = Network.initialState(model);
    SplittableRandom random = Seeds.random(11);
    float[] parameters = new float[initial.parameters().length];
    for (int i = 0; i < parameters.length; i++) {
      parameters[i] = (float) (random.nextDouble() * 4 - 2);
    }
    replica.load(new ModelState(parameters, initial.optimizer()));
    return replica;
  }

  private static Vocabulary vocabulary(String letters) {
    return new Vocabulary(
        new TokenTable(
            TokenKind.CHARACTERS,
            false,
            letters.codePoints().mapToObj(Character::toString).toList(),
            List.of()));
  }

  private static LSTM lstm() {
    return new LSTM.Builder().nOut(12).activation(Activation.TANH).build();
  }

  private static ModelConfiguration model(Layer memory, int outputs) {
    return ModelConfiguration.of(
        new NeuralNetConfiguration.Builder()
            .seed(7)
            .updater(new Sgd(0.1))
            .list()
            .layer(new EmbeddingSequenceLayer.Builder().nIn(VOCABULARY.size()).nOut(6).build())
            .layer(memory)
            .layer(
                new RnnOutputLayer.Builder(LossFunction.MCXENT)
                    .nOut(outputs)
                    .activation(Activation.SOFTMAX)
                    .build())
            .setInputType(InputType.recurrent(VOCABULARY.size()))
            .build());
  }
}
