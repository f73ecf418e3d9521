package tributary.worker.engine.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.deeplearning4j.nn.api.layers.RecurrentLayer;
import org.deeplearning4j.nn.conf.BackpropType;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.GravesLSTM;
import org.deeplearning4j.nn.conf.layers.LSTM;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.RnnOutputLayer;
import org.deeplearning4j.nn.conf.layers.recurrent.Bidirectional;
import org.deeplearning4j.nn.conf.layers.recurrent.SimpleRnn;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.MultiDataSet;
import org.nd4j.linalg.indexing.INDArrayIndex;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.nd4j.linalg.learning.config.Sgd;
import tributary.worker.engine.StepKey;
import tributary.worker.model.ModelConfiguration;
import tributary.worker.model.ModelException;
import tributary.worker.model.Network;

/**
 * DL4J 1.0.0-M2.1 carries the state from segment to segment on the way forwards, but takes
 * gradients as if every segment began a sequence, over all its steps: its networks call their own
 * backward pass with the truncated one switched off. With that switched on it is the oracle again.
 */
@SuppressWarnings({"deprecation", "try"}) // Graves's layers; scopes are held, not used
class TruncatedBackpropagationTest {
  private static final int STEPS = 7;
  private static final int SEGMENT = 4;

  /** DL4J's graph with its own truncated backward pass, as its configuration asks for. */
  private static final class Truncating extends ComputationGraph {
    private static final long serialVersionUID = 1;

    Truncating(ComputationGraphConfiguration configuration) {
      super(configuration);
      clearTbpttState = false; // as it would be before the state is carried on
    }

    @Override
    protected void calcBackpropGradients(boolean clear, boolean truncated, INDArray... epsilons) {
      super.calcBackpropGradients(clear, /* truncatedBPTT= */ true, epsilons);
    }
  }

  @ParameterizedTest
  @CsvSource({"3, 3", "4, 2", "7, 4", "9, 9"})
  void trainsAsDl4jsTruncatedPassDoes(int forward, int backward) {
    for (Layer layer :
        List.of(new LSTM.Builder().nOut(5).build(), new GravesLSTM.Builder().nOut(5).build())) {
      ModelConfiguration model = ModelConfiguration.of(graph(forward, backward, layer, layer));
      ComputationGraph dl4j = new Truncating(model.graph());
      dl4j.init();
      IntFunction<MultiDataSet> minibatches = Data.sequences(4, 3, STEPS);
      for (int step = 0; step < 3; step++) {
        dl4j.fit(minibatches.apply(step));
      }
      double[] expected = dl4j.params().data().asDouble();
      int[] all = IntStream.range(0, expected.length).toArray();
      assertThat(difference(trained(model, minibatches, 3), all, expected)).isLessThan(1e-5);
    }
  }

  @Test
  void stacksTrainAsGraphsDo() {
    Layer[] layers = {new LSTM.Builder().nOut(5).build(), new SimpleRnn.Builder().nOut(4).build()};
    IntFunction<MultiDataSet> minibatches = Data.sequences(4, 3, STEPS);
    assertThat(trained(ModelConfiguration.of(stack(3, 2, layers)), minibatches, 2))
        .containsExactly(trained(ModelConfiguration.of(graph(3, 2, layers)), minibatches, 2));
  }

  @Test
  void oneSegmentIsAWholeSequence() {
    Parity.assertAgree(
        stack(STEPS, STEPS, new LSTM.Builder().nOut(5).build()), Data.sequences(4, 3, STEPS));
  }

  /** Slopes of DL4J's score of a second segment, whose state is that of the first one's end. */
  @Test
  void gradientsOfLaterSegmentsFollowTheScoreWhereDl4jsDoNot() {
    for (Layer layer :
        List.of(new LSTM.Builder().nOut(5).build(), new SimpleRnn.Builder().nOut(5).build())) {
      ModelConfiguration model = ModelConfiguration.of(stack(SEGMENT, SEGMENT, layer));
      MultiDataSet minibatch = Data.sequences(4, 3, 2 * SEGMENT).apply(0);
      int[] some = IntStream.range(0, 20).map(i -> 3 * i).toArray();
      SecondSegment dl4j = new SecondSegment(model, minibatch);
      double[] slopes = Arrays.stream(some).mapToDouble(dl4j::slope).toArray();
      assertThat(difference(secondGradient(model, minibatch), some, slopes)).isLessThan(1e-4);
      assertThat(difference(dl4j.gradient(), some, slopes)).isGreaterThan(0.02);
    }
  }

  @Test
  void refusesTheWayBackOverSegments() {
    ModelConfiguration model =
        ModelConfiguration.of(stack(3, 3, new Bidirectional(new LSTM.Builder().nOut(5).build())));
    assertThatThrownBy(() -> trained(model, Data.sequences(4, 3, STEPS), 1))
        .isInstanceOf(ModelException.class)
        .hasMessage(
            "Layer 0 \"layer0\" (Bidirectional): engine torch has no way back over sequences that"
                + " are trained in segments; set engine.type: nd4j");
  }

  @Test
  void cutsWhatHasStepsAndNothingElse() {
    try (PointerScope scope = new PointerScope()) {
      TorchBatch batch =
          new TorchBatch(
              List.of(
                  new Masked(torch.rand(2, 3, STEPS), torch.ones(2, STEPS)),
                  Masked.all(torch.rand(2, 3, 8, 8))),
              List.of(
                  new Masked(torch.rand(2, 4, STEPS), torch.ones(2, 4, STEPS)),
                  Masked.all(torch.zeros(2, STEPS).to(torch.ScalarType.Long)),
                  Masked.all(torch.rand(2, 4))));
      List<TorchBatch> segments = batch.segments(3);
      assertThat(segments).hasSize(3);
      assertThat(shapes(segments.get(2)))
          .containsExactly(
              "[2, 3, 1]", "[2, 1]", "[2, 3, 8, 8]", "[2, 4, 1]", "[2, 4, 1]", "[2, 1]", "[2, 4]");
    }
  }

  @Test
  void refusesToCutSequencesOfDifferentLengths() {
    try (PointerScope scope = new PointerScope()) {
      TorchBatch batch =
          new TorchBatch(
              List.of(Masked.all(torch.rand(2, 3, 7))), List.of(Masked.all(torch.rand(2, 4, 6))));
      assertThatThrownBy(() -> batch.segments(3))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("sequences of one minibatch must be equally long, got [7, 6]");
    }
  }

  private static List<String> shapes(TorchBatch batch) {
    List<Tensor> tensors = new ArrayList<>();
    batch.features().forEach(each -> tensors.addAll(each.tensors()));
    batch.labels().forEach(each -> tensors.addAll(each.tensors()));
    return tensors.stream().map(tensor -> Arrays.toString(tensor.shape())).toList();
  }

  private static float[] trained(
      ModelConfiguration model, IntFunction<MultiDataSet> minibatches, int steps) {
    TorchRuntime.load();
    TorchRuntime.setThreads(1);
    try (TorchNetwork network = TorchCompiler.compile(model, Parity.DEVICE)) {
      network.load(Network.initialState(model));
      for (int step = 0; step < steps; step++) {
        try (PointerScope scope = new PointerScope()) {
          network.step(Parity.batch(minibatches.apply(step)), new StepKey(step, 0, 1));
        }
      }
      return network.state().parameters();
    }
  }

  /** The gradient of the second of two segments, with the parameters as they were before both. */
  private static float[] secondGradient(ModelConfiguration model, MultiDataSet minibatch) {
    try (PointerScope scope = new PointerScope();
        TorchNetwork network = TorchCompiler.compile(model, Parity.DEVICE);
        Pass pass =
            Pass.training(
                minibatch.getFeatures(0).size(0), new StepKey(0, 0, 1), Parity.DEVICE, SEGMENT)) {
      network.load(Network.initialState(model));
      List<TorchBatch> segments = Parity.batch(minibatch).segments(SEGMENT);
      Parity.backward(network, segments.get(0), pass);
      network.parameters().gradients().zero_();
      pass.nextSegment();
      Parity.backward(network, segments.get(1), pass);
      return FlatTensors.copyOut(network.parameters().gradients());
    }
  }

  /** DL4J in double precision on the second of two segments. */
  private static final class SecondSegment {
    private static final double STEP = 1e-6;
    private final MultiLayerNetwork network;
    private final Map<String, INDArray> state;

    SecondSegment(ModelConfiguration model, MultiDataSet minibatch) {
      MultiLayerNetwork single = new MultiLayerNetwork(model.multiLayer());
      single.init();
      network = single.convertDataType(DataType.DOUBLE);
      set(minibatch, 0);
      network.computeGradientAndScore();
      state = layer().rnnGetTBPTTState();
      set(minibatch, SEGMENT);
    }

    double slope(int index) {
      double value = network.params().getDouble(index);
      network.params().putScalar(index, value + STEP);
      double above = score();
      network.params().putScalar(index, value - STEP);
      double below = score();
      network.params().putScalar(index, value);
      return (above - below) / (2 * STEP);
    }

    float[] gradient() {
      score();
      return network.getFlattenedGradients().div(network.getInput().size(0)).data().asFloat();
    }

    private double score() {
      layer().rnnSetTBPTTState(state);
      network.computeGradientAndScore();
      return network.score();
    }

    private RecurrentLayer layer() {
      return (RecurrentLayer) network.getLayer(0);
    }

    private void set(MultiDataSet minibatch, int from) {
      network.setInput(part(minibatch.getFeatures(0), from));
      network.setLabels(part(minibatch.getLabels(0), from));
    }

    private static INDArray part(INDArray whole, int from) {
      INDArrayIndex steps = NDArrayIndex.interval(from, from + SEGMENT);
      return whole.get(NDArrayIndex.all(), NDArrayIndex.all(), steps).dup().castTo(DataType.DOUBLE);
    }
  }

  private static ComputationGraphConfiguration graph(int forward, int backward, Layer... layers) {
    var graph =
        settings()
            .graphBuilder()
            .addInputs("0")
            .setInputTypes(InputType.recurrent(3, STEPS))
            .backpropType(BackpropType.TruncatedBPTT)
            .tBPTTForwardLength(forward)
            .tBPTTBackwardLength(backward);
    for (int i = 0; i < layers.length; i++) {
      graph.addLayer("" + (i + 1), layers[i].clone(), "" + i);
    }
    return graph
        .addLayer("out", new RnnOutputLayer.Builder().nOut(4).build(), "" + layers.length)
        .setOutputs("out")
        .build();
  }

  private static MultiLayerConfiguration stack(int forward, int backward, Layer... layers) {
    var list = settings().list();
    for (Layer layer : layers) {
      list.layer(layer.clone());
    }
    return list.layer(new RnnOutputLayer.Builder().nOut(4).build())
        .setInputType(InputType.recurrent(3, STEPS))
        .backpropType(BackpropType.TruncatedBPTT)
        .tBPTTForwardLength(forward)
        .tBPTTBackwardLength(backward)
        .build();
  }

  private static NeuralNetConfiguration.Builder settings() {
    return new NeuralNetConfiguration.Builder()
        .seed(5)
        .updater(new Sgd(0.1))
        .activation(Activation.TANH);
  }

  private static double difference(float[] found, int[] indices, double[] expected) {
    double largest = 0;
    double difference = 0;
    for (int i = 0; i < expected.length; i++) {
      largest = Math.max(largest, Math.abs(expected[i]));
      difference = Math.max(difference, Math.abs(found[indices[i]] - expected[i]));
    }
    return difference / largest;
  }
}
