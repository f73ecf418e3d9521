package tributary.worker.engine.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.List;
import org.bytedeco.javacpp.PointerScope;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration.GraphBuilder;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.RNNFormat;
import org.deeplearning4j.nn.conf.graph.AttentionVertex;
import org.deeplearning4j.nn.conf.graph.FrozenVertex;
import org.deeplearning4j.nn.conf.graph.MergeVertex;
import org.deeplearning4j.nn.conf.graph.PreprocessorVertex;
import org.deeplearning4j.nn.conf.graph.ReshapeVertex;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.LearnedSelfAttentionLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.layers.RecurrentAttentionLayer;
import org.deeplearning4j.nn.conf.layers.SelfAttentionLayer;
import org.deeplearning4j.nn.conf.preprocessor.FeedForwardToRnnPreProcessor;
import org.deeplearning4j.nn.conf.preprocessor.RnnToFeedForwardPreProcessor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.MultiDataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Sgd;
import tributary.worker.model.ModelConfiguration;
import tributary.worker.model.ModelException;
import tributary.worker.model.ModelState;
import tributary.worker.model.Network;

/**
 * DL4J is the oracle, but for gradients: what it computes with SameDiff gives twice the slope of
 * its score, so that the score's finite differences stand in.
 */
class AttentionTest {
  private static final int SIZE = 3;
  private static final int FEATURES = 4;
  private static final int STEPS = 3;

  @ParameterizedTest
  @CsvSource({"1, 0, true", "2, 3, true", "1, 0, false"})
  void attendsToItselfAsDl4jDoes(int heads, int headSize, boolean projected) {
    assertAgree(
        new SelfAttentionLayer.Builder()
            .nIn(FEATURES)
            .nOut(FEATURES)
            .nHeads(heads)
            .headSize(headSize)
            .projectInput(projected)
            .build());
  }

  @ParameterizedTest
  @CsvSource({"1, 0, true, true", "2, 3, true, false", "1, 0, false, true"})
  void attendsRecurrentlyAsDl4jDoes(int heads, int headSize, boolean projected, boolean hasBias) {
    assertAgree(
        new RecurrentAttentionLayer.Builder()
            .nIn(FEATURES)
            .nOut(FEATURES)
            .nHeads(heads)
            .headSize(headSize)
            .projectInput(projected)
            .hasBias(hasBias)
            .build());
  }

  @Test
  void activatesRecurrentAttentionAsDl4jDoes() {
    assertAgree(
        new RecurrentAttentionLayer.Builder()
            .nIn(FEATURES)
            .nOut(FEATURES)
            .nHeads(1)
            .activation(Activation.SIGMOID)
            .build());
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void attendsBetweenNodesAsDl4jDoes(boolean projected) {
    for (int masks : new int[] {0b000, 0b001, 0b100, 0b101}) {
      GraphBuilder graph = steps(graph("a", "c", "b"), "y", "b");
      boolean learned = (masks & 1) == 0; // DL4J takes no mask that comes out of a layer here
      String queries = learned ? "x" : "a";
      graph = learned ? steps(graph, "x", "a") : graph;
      graph.addVertex("v", attention(projected), queries, "y", "b");
      Slopes.assertAgree(unmasked(graph).build(), pair(masks));
    }
  }

  /** DL4J's own layer doesn't run: its operation "scatter_update" lacks an argument. */
  @Test
  void answersLearnedQueriesLikeAnAttentionVertexThatReadsThem() {
    Layer layer =
        new LearnedSelfAttentionLayer.Builder()
            .nIn(FEATURES)
            .nOut(FEATURES)
            .nHeads(2)
            .headSize(3)
            .nQueries(2)
            .projectInput(true)
            .build();
    ModelConfiguration learned =
        ModelConfiguration.of(end(graph("a").addLayer("v", layer, "a"), "v", 2 * FEATURES).build());
    GraphBuilder read = graph("q", "a").addVertex("v", attention(true), "q", "a", "a");
    int size = 2 * FEATURES;
    float[] start = Network.initialState(learned).parameters();
    INDArray queries = Nd4j.createFromArray(Arrays.copyOf(start, size)).reshape(1, FEATURES, 2);
    MultiDataSet minibatch = minibatch(1, STEPS);
    INDArray[] features = {Nd4j.tile(queries, SIZE, 1, 1), minibatch.getFeatures(0)};
    INDArray[] masks = {null, minibatch.getFeaturesMaskArray(0)};
    Run expected =
        run(
            ModelConfiguration.of(end(read, "v", size).build()),
            Arrays.copyOfRange(start, size, start.length),
            new MultiDataSet(features, minibatch.getLabels(), masks, null));
    Run found = run(learned, start, minibatch);
    assertThat(found.outputs).containsExactly(expected.outputs, within(1e-6f));
    assertThat(Arrays.copyOfRange(found.gradient, size, start.length))
        .containsExactly(expected.gradient, within(1e-6f));
    assertThat(Arrays.copyOf(found.gradient, size)).doesNotContain(0);
  }

  @Test
  void keepsFrozenAttentionAsItIsLikeDl4j() {
    GraphBuilder graph =
        graph("a", "c", "b").addVertex("v", new FrozenVertex(attention(true)), "a", "b", "b");
    Parity.assertAgree(unmasked(graph).build(), step -> pair(0b101));
  }

  @Test
  void refusesDropoutThatDl4jLeavesOut() {
    Layer layer =
        new SelfAttentionLayer.Builder()
            .nIn(FEATURES)
            .nOut(FEATURES)
            .nHeads(1)
            .projectInput(true)
            .dropOut(0.5)
            .build();
    ModelConfiguration model = ModelConfiguration.of(self(layer).build());
    assertThatThrownBy(() -> TorchCompiler.compile(model, Parity.DEVICE))
        .isInstanceOf(ModelException.class)
        .hasMessage(
            "Vertex \"v\" (SelfAttentionLayer): engine torch has no dropout before attention, where"
                + " DL4J leaves it out; set engine.type: nd4j");
  }

  private static void assertAgree(Layer layer) {
    Slopes.assertAgree(self(layer).build(), single(false));
    Slopes.assertAgree(self(layer).build(), single(true));
  }

  @SuppressWarnings("try") // scopes are held, not used
  private static Run run(ModelConfiguration model, float[] parameters, MultiDataSet minibatch) {
    TorchRuntime.load();
    try (TorchNetwork torch = TorchCompiler.compile(model, Parity.DEVICE);
        PointerScope scope = new PointerScope()) {
      torch.load(new ModelState(parameters, new float[0]));
      List<Masked> outputs = torch.activations(Parity.batch(minibatch).features());
      return new Run(Parity.floats(outputs.get(0).values()), Parity.gradient(torch, minibatch));
    }
  }

  @SuppressWarnings("ArrayRecordComponent") // compared by hand
  private record Run(float[] outputs, float[] gradient) {}

  /** A layer over one that learns. */
  private static GraphBuilder self(Layer layer) {
    return unmasked(steps(graph("a", "c"), "x", "a").addLayer("v", layer, "x"));
  }

  /** Beside an input without a mask all steps count, also those that were padding. */
  private static GraphBuilder unmasked(GraphBuilder graph) {
    return end(graph.addVertex("all", new MergeVertex(), "v", "c"), "all", 2 * STEPS * FEATURES);
  }

  private static AttentionVertex attention(boolean projected) {
    return new AttentionVertex.Builder()
        .nInQueries(FEATURES)
        .nInKeys(FEATURES)
        .nInValues(FEATURES)
        .nOut(FEATURES)
        .nHeads(projected ? 2 : 1)
        .headSize(projected ? 3 : FEATURES)
        .projectInput(projected)
        .build();
  }

  private static GraphBuilder graph(String... inputs) {
    return new NeuralNetConfiguration.Builder()
        .seed(5)
        .updater(new Sgd(0.1))
        .activation(Activation.TANH)
        .graphBuilder()
        .addInputs(inputs)
        .setOutputs("out");
  }

  private static GraphBuilder steps(GraphBuilder graph, String name, String input) {
    DenseLayer layer = new DenseLayer.Builder().nIn(FEATURES).nOut(FEATURES).build();
    return graph
        .addLayer(name + " rows", layer, new RnnToFeedForwardPreProcessor(RNNFormat.NCW), input)
        .addVertex(
            name,
            new PreprocessorVertex(new FeedForwardToRnnPreProcessor(RNNFormat.NCW)),
            name + " rows");
  }

  private static GraphBuilder end(GraphBuilder graph, String input, int size) {
    return graph
        .addVertex("flat", new ReshapeVertex(-1, size), input)
        .addLayer(
            "out",
            new OutputLayer.Builder().nIn(size).nOut(2).activation(Activation.SOFTMAX).build(),
            "flat");
  }

  private static MultiDataSet single(boolean masked) {
    return minibatch(masked ? 1 : 0, STEPS, STEPS);
  }

  private static MultiDataSet pair(int masks) {
    return minibatch(masks, STEPS, STEPS, STEPS + 1);
  }

  /**
   * @param masks bit i: whether input i has one
   * @param steps of each input
   */
  private static MultiDataSet minibatch(int masks, int... steps) {
    INDArray[] features = new INDArray[steps.length];
    INDArray[] lengths = new INDArray[steps.length];
    for (int i = 0; i < steps.length; i++) {
      features[i] = Data.values(i, SIZE, FEATURES, steps[i]);
      lengths[i] = (masks >> i & 1) == 0 ? null : Data.lengths(i, SIZE, steps[i]);
    }
    INDArray[] labels = {Data.oneHot(1, SIZE, 2)};
    return new MultiDataSet(features, labels, masks == 0 ? null : lengths, null);
  }
}
