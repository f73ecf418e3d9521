package tributary.worker.engine.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static tributary.worker.engine.torch.VertexGraphs.CLASSES;
import static tributary.worker.engine.torch.VertexGraphs.assertAgree;
import static tributary.worker.engine.torch.VertexGraphs.data;
import static tributary.worker.engine.torch.VertexGraphs.dense;
import static tributary.worker.engine.torch.VertexGraphs.end;
import static tributary.worker.engine.torch.VertexGraphs.graph;
import static tributary.worker.engine.torch.VertexGraphs.layer;
import static tributary.worker.engine.torch.VertexGraphs.output;
import static tributary.worker.engine.torch.VertexGraphs.pair;
import static tributary.worker.engine.torch.VertexGraphs.single;
import static tributary.worker.engine.torch.VertexGraphs.withInputs;

import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.deeplearning4j.nn.conf.CNN2DFormat;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration.GraphBuilder;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.WorkspaceMode;
import org.deeplearning4j.nn.conf.graph.ElementWiseVertex;
import org.deeplearning4j.nn.conf.graph.GraphVertex;
import org.deeplearning4j.nn.conf.graph.L2NormalizeVertex;
import org.deeplearning4j.nn.conf.graph.L2Vertex;
import org.deeplearning4j.nn.conf.graph.LayerVertex;
import org.deeplearning4j.nn.conf.graph.MergeVertex;
import org.deeplearning4j.nn.conf.graph.PoolHelperVertex;
import org.deeplearning4j.nn.conf.graph.ReshapeVertex;
import org.deeplearning4j.nn.conf.graph.ScaleVertex;
import org.deeplearning4j.nn.conf.graph.ShiftVertex;
import org.deeplearning4j.nn.conf.graph.StackVertex;
import org.deeplearning4j.nn.conf.graph.SubsetVertex;
import org.deeplearning4j.nn.conf.graph.UnstackVertex;
import org.deeplearning4j.nn.conf.graph.rnn.LastTimeStepVertex;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.MultiDataSet;
import tributary.worker.engine.torch.VertexGraphs.Kind;
import tributary.worker.engine.torch.VertexGraphs.Masks;
import tributary.worker.model.ModelConfiguration;
import tributary.worker.model.ModelException;
import tributary.worker.model.ModelState;

/** DL4J is the oracle. */
@SuppressWarnings("try") // scopes are held, not used
class VerticesTest {
  @ParameterizedTest
  @EnumSource
  void combinesOneByOneAsDl4jDoes(ElementWiseVertex.Op op) {
    for (Kind kind : Kind.values()) {
      assertAgree(end(pair(kind, new ElementWiseVertex(op)), kind), data(Masks.NONE, kind, kind));
    }
    assertAgree(
        end(pair(Kind.SEQUENCES, new ElementWiseVertex(op)), Kind.SEQUENCES),
        data(Masks.ALL, Kind.SEQUENCES, Kind.SEQUENCES));
  }

  @ParameterizedTest
  @EnumSource
  void stretchesAFeatureToManyAsDl4jDoes(ElementWiseVertex.Op op) {
    for (String[] order : new String[][] {{"many", "one"}, {"one", "many"}}) {
      assertAgree(
          graph(Kind.ROWS, Kind.ROWS)
              .addLayer("many", dense(5), "a")
              .addLayer("one", dense(1), "b")
              .addVertex("v", new ElementWiseVertex(op), order)
              .addLayer("out", output(), "v"),
          data(Masks.NONE, Kind.ROWS, Kind.ROWS));
    }
  }

  @ParameterizedTest
  @EnumSource(names = "Subtract", mode = EnumSource.Mode.EXCLUDE)
  void combinesThreeAsDl4jDoes(ElementWiseVertex.Op op) {
    assertAgree(
        graph(Kind.ROWS, Kind.ROWS)
            .addLayer("x", dense(5), "a")
            .addLayer("y", dense(5), "b")
            .addLayer("z", dense(5), "a")
            .addVertex("v", new ElementWiseVertex(op), "x", "y", "z", "x")
            .addLayer("out", output(), "v"),
        data(Masks.NONE, Kind.ROWS, Kind.ROWS));
  }

  @ParameterizedTest
  @EnumSource
  void mergesAsDl4jDoes(Kind kind) {
    assertAgree(end(pair(kind, new MergeVertex()), kind), data(Masks.NONE, kind, kind));
  }

  @Test
  void mergesImagesWithChannelsLastAsDl4jDoes() {
    InputType type = InputType.convolutional(3, 2, 4, CNN2DFormat.NHWC);
    assertAgree(
        withInputs("a", "b")
            .setInputTypes(type, type)
            .addVertex("v", new MergeVertex(), "a", "b")
            .addLayer("hidden", dense(5), "v")
            .addLayer("out", output(), "hidden"),
        data(Masks.NONE, new int[] {3, 2, 4}, new int[] {3, 2, 4}));
  }

  @Test
  void mergesAlongTheAxisThatIsAskedForAsDl4jDoes() {
    MergeVertex merge = new MergeVertex();
    merge.setMergeAxis(2);
    assertAgree(
        pair(Kind.SEQUENCES, merge)
            .addVertex("flat", new ReshapeVertex(-1, 5 * 10), "v")
            .addLayer("out", output(), "flat"),
        data(Masks.NONE, Kind.SEQUENCES, Kind.SEQUENCES));
  }

  @Test
  void takesSomeFeaturesAsDl4jDoes() {
    for (Kind kind : new Kind[] {Kind.ROWS, Kind.SEQUENCES}) {
      assertAgree(single(kind, new SubsetVertex(1, 2)), data(Masks.ALL, kind));
      assertAgree(single(kind, new SubsetVertex(4, 4)), data(Masks.NONE, kind));
    }
    GraphBuilder ofImages = layer(graph(Kind.IMAGES), Kind.IMAGES, "x", "a");
    assertAgree(
        ofImages
            .addVertex("v", new SubsetVertex(1, 2), "x")
            .addVertex("flat", new ReshapeVertex(-1, 2 * 5 * 4), "v")
            .addLayer("out", output(), "flat"),
        data(Masks.NONE, Kind.IMAGES));
  }

  @ParameterizedTest
  @EnumSource
  void stacksAndUnstacksAsDl4jDoes(Kind kind) {
    GraphBuilder graph =
        pair(kind, new StackVertex())
            .addVertex("second", new UnstackVertex(1, 2), "v")
            .addVertex("first", new UnstackVertex(0, 2), "v")
            .addVertex("apart", new L2Vertex(), "first", "second")
            .addLayer("out", output(), "apart");
    assertAgree(graph, data(Masks.NONE, kind, kind));
  }

  @Test
  void countsTheExamplesOfAStackAsDl4jDoes() {
    IntFunction<MultiDataSet> data = data(Masks.NONE, Kind.ROWS, Kind.ROWS);
    assertAgree(
        end(pair(Kind.ROWS, new StackVertex()), Kind.ROWS),
        step -> {
          INDArray[] features = data.apply(step).getFeatures();
          int rows = 2 * (int) features[0].size(0);
          return new MultiDataSet(features, new INDArray[] {Data.oneHot(step, rows, CLASSES)});
        });
  }

  @Test
  void scalesShiftsAndNormalizesAsDl4jDoes() {
    for (Kind kind : Kind.values()) {
      assertAgree(single(kind, new ScaleVertex(-0.3)), data(Masks.NONE, kind));
      assertAgree(single(kind, new ShiftVertex(0.7)), data(Masks.NONE, kind));
      assertAgree(single(kind, new L2NormalizeVertex()), data(Masks.NONE, kind));
    }
  }

  @ParameterizedTest
  @EnumSource
  void measuresDistancesAsDl4jDoes(Kind kind) {
    assertAgree(
        pair(kind, new L2Vertex()).addLayer("out", output(), "v"), data(Masks.NONE, kind, kind));
  }

  @Test
  void dropsTheFirstRowAndColumnAsDl4jDoes() {
    assertAgree(
        withInputs("a")
            .setInputTypes(InputType.convolutional(6, 6, 2))
            .addLayer("x", new ConvolutionLayer.Builder(2, 2).nOut(3).build(), "a")
            .addVertex("v", new PoolHelperVertex(), "x")
            .addVertex("flat", new ReshapeVertex(-1, 3 * 4 * 4), "v")
            .addLayer("out", output(), "flat"),
        data(Masks.NONE, new int[] {2, 6, 6}));
  }

  @Test
  void givesEqualExamplesNoDistanceAndNoSlopeAsDl4jDoes() {
    assertAgree(
        graph(Kind.ROWS)
            .addLayer("x", dense(5), "a")
            .addVertex("v", new L2Vertex(), "x", "x")
            .addLayer("out", output(), "v", "x"),
        data(Masks.NONE, Kind.ROWS));
  }

  @Test
  void reshapesAsDl4jDoes() {
    for (char order : new char[] {'c', 'f'}) {
      assertAgree(
          graph(Kind.ROWS)
              .addLayer("x", dense(12), "a")
              .addVertex("v", new ReshapeVertex(order, new int[] {-1, 3, 2, 2}, null), "x")
              .addLayer("y", new ConvolutionLayer.Builder(2, 2).nOut(4).build(), "v")
              .addVertex("w", new ReshapeVertex(order, new int[] {-1, 4}, null), "y")
              .addLayer("out", output(), "w"),
          data(Masks.NONE, Kind.ROWS));
    }
  }

  /** DL4J's gradient is another one here: it takes the third power of the norm for the epsilon. */
  @Test
  void normalizesSmallValuesByTheSlopeOfDl4jsScore() {
    Slopes.assertAgree(
        single(Kind.ROWS, new L2NormalizeVertex(null, 0.7)).build(),
        data(Masks.NONE, Kind.ROWS).apply(0));
  }

  /** DL4J's gradient fails here. */
  @Test
  void normalizesOverTheDimensionsThatAreAskedForAsDl4jDoes() {
    ModelConfiguration model =
        ModelConfiguration.of(
            single(Kind.IMAGES, new L2NormalizeVertex(new int[] {1}, 1e-8)).build());
    assertOutputsAgree(model, data(Masks.NONE, Kind.IMAGES).apply(0));
  }

  @Test
  void hasSeveralInputsAndOutputsLikeDl4j() {
    GraphBuilder graph =
        graph(Kind.ROWS, Kind.IMAGES)
            .addLayer("x", dense(5), "a")
            .addLayer("y", dense(5), "b")
            .addLayer("one", output(), "x", "y")
            .addVertex("v", new ElementWiseVertex(ElementWiseVertex.Op.Product), "x", "y")
            .addLayer("two", output(), "v")
            .setOutputs("two", "one");
    IntFunction<MultiDataSet> data = data(Masks.NONE, Kind.ROWS, Kind.IMAGES);
    assertAgree(
        graph,
        step -> {
          MultiDataSet one = data.apply(step);
          INDArray second = Data.oneHot(100 + step, (int) one.getFeatures(0).size(0), CLASSES);
          return new MultiDataSet(one.getFeatures(), new INDArray[] {one.getLabels(0), second});
        });
  }

  /** DL4J can't train such a network, nor compute it within its workspaces. */
  @Test
  void readsOutputsOnLikeDl4j() {
    NeuralNetConfiguration.Builder withoutWorkspaces =
        new NeuralNetConfiguration.Builder().seed(5).inferenceWorkspaceMode(WorkspaceMode.NONE);
    ModelConfiguration model =
        ModelConfiguration.of(
            withoutWorkspaces
                .graphBuilder()
                .addInputs("a")
                .setInputTypes(Kind.ROWS.type())
                .addLayer("x", dense(5), "a")
                .addLayer("one", output(), "x")
                .addLayer("two", output(), "one", "x")
                .setOutputs("x", "one", "two")
                .build());
    assertOutputsAgree(model, data(Masks.NONE, Kind.ROWS).apply(0));
  }

  @Test
  void refusesAnOutputThatIsListedTwice() {
    assertRefused(
        graph(Kind.ROWS).addLayer("out", output(), "a").setOutputs("out", "out"),
        "Vertex \"out\" (LayerVertex): engine torch has no output that is listed twice; set"
            + " engine.type: nd4j");
  }

  /**
   * In evaluation DL4J's activation layer writes over what it reads, whoever else reads it; in
   * training it takes a copy. Without dropout and statistics both must compute the same.
   */
  @Test
  void leavesWhatAnActivationLayerReadsToItsOtherReaders() {
    GraphBuilder graph =
        graph(Kind.ROWS)
            .addLayer("sums", dense(5), "a")
            .addLayer(
                "tanh", new ActivationLayer.Builder().activation(Activation.TANH).build(), "sums")
            .addVertex("both", new MergeVertex(), "sums", "tanh")
            .addLayer("out", output(), "both");
    ComputationGraphConfiguration configuration = graph.build();
    configuration.setInferenceWorkspaceMode(WorkspaceMode.NONE);
    ModelConfiguration model = ModelConfiguration.of(configuration);
    MultiDataSet data = data(Masks.NONE, Kind.ROWS).apply(0);
    ComputationGraph dl4j = new ComputationGraph(model.graph());
    dl4j.init();
    float[] inTraining = Parity.floats(dl4j.output(true, data.getFeatures())[0]);
    float[] inEvaluation = Parity.floats(dl4j.output(false, data.getFeatures())[0]);
    assertThat(inEvaluation).isNotEqualTo(inTraining);
    try (TorchNetwork torch = TorchCompiler.compile(model, Parity.DEVICE);
        PointerScope scope = new PointerScope()) {
      float[] parameters = dl4j.params().dup().data().asFloat();
      torch.load(new ModelState(parameters, new float[2 * parameters.length]));
      Tensor found = torch.activations(Parity.batch(data).features()).get(0).values();
      assertThat(Parity.floats(found))
          .usingComparatorWithPrecision(1e-5f)
          .containsExactly(inTraining);
    }
  }

  @Test
  void refusesCodeOfTheUsersOwn() {
    assertRefused(
        pair(Kind.ROWS, new Own()).addLayer("out", output(), "v"),
        "Vertex \"v\" (Own): engine torch has no such vertex; set engine.type: nd4j");
  }

  /** A vertex that a user of DL4J might write: whatever it extends, it may do something else. */
  static final class Own extends MergeVertex {}

  @Test
  void knowsAllOfDl4jsVertices() {
    List<Class<? extends GraphVertex>> all = new ArrayList<>();
    all.addAll(Dl4jClasses.in(MergeVertex.class, GraphVertex.class));
    all.addAll(Dl4jClasses.in(LastTimeStepVertex.class, GraphVertex.class));
    all.remove(LayerVertex.class); // its layer is looked up in the table of layers
    assertThat(VertexTable.known()).containsExactlyInAnyOrderElementsOf(all);
  }

  private static void assertOutputsAgree(ModelConfiguration model, MultiDataSet minibatch) {
    TorchRuntime.load();
    try (Dl4j dl4j = Dl4j.of(model);
        TorchNetwork torch = TorchCompiler.compile(model, Parity.DEVICE)) {
      torch.load(dl4j.state());
      Slopes.assertOutputsAgree(dl4j, torch, minibatch);
    }
  }

  private static void assertRefused(GraphBuilder graph, String message) {
    ModelConfiguration model = ModelConfiguration.of(graph.build());
    assertThatThrownBy(() -> TorchCompiler.compile(model, Parity.DEVICE))
        .isInstanceOf(ModelException.class)
        .hasMessage(message);
  }
}
