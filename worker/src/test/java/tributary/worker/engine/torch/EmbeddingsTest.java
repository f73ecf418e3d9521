package tributary.worker.engine.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.global.torch;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.RNNFormat;
import org.deeplearning4j.nn.conf.layers.EmbeddingLayer;
import org.deeplearning4j.nn.conf.layers.EmbeddingSequenceLayer;
import org.deeplearning4j.nn.conf.layers.GlobalPoolingLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.PoolingType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.MultiDataSet;
import org.nd4j.linalg.learning.config.Adam;

@SuppressWarnings("try") // scopes are held, not used
class EmbeddingsTest {
  private static final int WORDS = 7;

  @ParameterizedTest
  @CsvSource({"false, IDENTITY, 5", "true, TANH, 5", "true, SIGMOID, 1"})
  void looksUpOneVectorForEachExample(boolean hasBias, Activation activation, int size) {
    Parity.assertAgree(
        stack(
            size,
            new EmbeddingLayer.Builder()
                .nIn(WORDS)
                .nOut(size)
                .hasBias(hasBias)
                .activation(activation)
                .build()),
        step -> {
          int examples = 4 + (step & 3);
          return new MultiDataSet(
              Words.indices(step, WORDS, examples, 1), Data.oneHot(step, examples, 4));
        });
  }

  @ParameterizedTest
  @CsvSource({"false, IDENTITY", "true, TANH", "false, SOFTMAX"})
  void looksUpOneVectorForEachStep(boolean hasBias, Activation activation) {
    Parity.assertAgree(
        stack(
            5,
            sequence().hasBias(hasBias).activation(activation).build(),
            new GlobalPoolingLayer(PoolingType.MAX)), // of softmaxes over steps
        step -> Words.sentences(step, WORDS));
  }

  @Test
  void takesIndicesAsSequencesOfOneFeature() {
    Parity.assertAgree(
        stack(5, sequence().build(), averaging()),
        step -> {
          MultiDataSet data = Words.sentences(step, WORDS);
          INDArray words = data.getFeatures(0);
          return new MultiDataSet(words.reshape(words.size(0), 1, 6), data.getLabels(0));
        });
  }

  @ParameterizedTest
  @CsvSource({"TANH", "SOFTMAX"})
  void putsStepsBeforeFeaturesIfWanted(Activation activation) {
    Parity.assertAgree(
        stack(
            6,
            sequence().activation(activation).outputDataFormat(RNNFormat.NWC).build(),
            averaging()), // of features
        step -> Words.sentences(step, WORDS));
  }

  @Test
  void zeroesPaddedSteps() {
    Parity.assertAgree(
        stack(
            5,
            sequence().hasBias(true).build(),
            new GlobalPoolingLayer.Builder(PoolingType.SUM).build()),
        step -> {
          MultiDataSet data = Words.sentences(step, WORDS);
          INDArray mask = Data.lengths(step, (int) data.getFeatures(0).size(0), 6);
          data.setFeaturesMaskArrays(new INDArray[] {mask});
          return data;
        });
  }

  @Test
  void givesTheSameInBothLayouts() {
    float[] words = Parity.floats(Words.indices(1, WORDS, 3, 6));
    float[] mask = Parity.floats(Data.lengths(1, 3, 6));
    Layer first = sequence().build();
    Layer last = sequence().outputDataFormat(RNNFormat.NWC).build();
    try (Single stepsLast = new Single(stack(5, first, averaging()));
        Single stepsFirst = new Single(stack(6, last, averaging()));
        PointerScope scope = new PointerScope()) {
      Masked input = new Masked(torch.tensor(words).view(3, 6), torch.tensor(mask).view(3, 6));
      assertThat(Parity.floats(stepsFirst.evaluate(input)))
          .containsExactly(Parity.floats(stepsLast.evaluate(input).transpose(1, 2)));
    }
  }

  @Test
  void refusesSequencesOfAnotherLengthThanConfigured() {
    Layer embedding = sequence().inferInputLength(false).inputLength(3).build();
    assertThatThrownBy(
            () -> Single.evaluate(stack(5, embedding, averaging()), Words.indices(1, WORDS, 2, 6)))
        .hasMessage(
            "Layer 0 \"layer0\" (EmbeddingSequenceLayer): expected sequences of 3 steps, got 6");
  }

  private static EmbeddingSequenceLayer.Builder sequence() {
    return new EmbeddingSequenceLayer.Builder().nIn(WORDS).nOut(5);
  }

  private static Layer averaging() {
    return new GlobalPoolingLayer.Builder(PoolingType.AVG).build();
  }

  /** Ends with an output of so many features, without preprocessors. */
  private static MultiLayerConfiguration stack(int features, Layer... layers) {
    Layer[] all = new Layer[layers.length + 1];
    System.arraycopy(layers, 0, all, 0, layers.length);
    all[layers.length] = Stacks.output(features);
    return Stacks.ending(new Adam(1e-2), null, all);
  }
}
