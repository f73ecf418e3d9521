package tributary.worker.engine.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static tributary.worker.engine.torch.RecurrentNets.classPerExample;
import static tributary.worker.engine.torch.RecurrentNets.classPerStep;
import static tributary.worker.engine.torch.RecurrentNets.perExample;
import static tributary.worker.engine.torch.RecurrentNets.perStep;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.global.torch;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.RNNFormat;
import org.deeplearning4j.nn.conf.dropout.Dropout;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.DropoutLayer;
import org.deeplearning4j.nn.conf.layers.GravesBidirectionalLSTM;
import org.deeplearning4j.nn.conf.layers.GravesLSTM;
import org.deeplearning4j.nn.conf.layers.LSTM;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.RnnLossLayer;
import org.deeplearning4j.nn.conf.layers.RnnOutputLayer;
import org.deeplearning4j.nn.conf.layers.recurrent.Bidirectional;
import org.deeplearning4j.nn.conf.layers.recurrent.LastTimeStep;
import org.deeplearning4j.nn.conf.layers.recurrent.SimpleRnn;
import org.deeplearning4j.nn.conf.layers.recurrent.TimeDistributed;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.dataset.MultiDataSet;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;
import tributary.worker.engine.StepKey;
import tributary.worker.engine.torch.RecurrentNets.Padding;
import tributary.worker.model.ModelConfiguration;
import tributary.worker.model.ModelState;
import tributary.worker.model.Network;

@SuppressWarnings({"deprecation", "try"}) // Graves's layers; scopes are held, not used
class RecurrentLayersTest {
  @ParameterizedTest
  @MethodSource("layers")
  void runsInBothFormatsAsDl4jDoes(Layer layer) {
    for (RNNFormat format : RNNFormat.values()) {
      Parity.assertAgree(
          perStep(format, layer), classPerStep(format, Padding.NOWHERE, Padding.AFTER));
    }
  }

  static Stream<Layer> layers() {
    return Stream.of(
        new LSTM.Builder().nOut(5).build(),
        new LSTM.Builder().nOut(5).activation(Activation.SOFTPLUS).forgetGateBiasInit(3).build(),
        new LSTM.Builder().nOut(5).gateActivationFunction(Activation.TANH).build(),
        new LSTM.Builder().nOut(5).activation(Activation.SOFTMAX).build(),
        new GravesLSTM.Builder().nOut(5).build(),
        new GravesLSTM.Builder().nOut(5).gateActivationFunction(Activation.TANH).build(),
        new GravesBidirectionalLSTM.Builder().nOut(5).build(),
        new SimpleRnn.Builder().nOut(5).build(),
        new SimpleRnn.Builder().nOut(5).activation(Activation.SOFTMAX).build(),
        new TimeDistributed(new DenseLayer.Builder().nOut(5).build()));
  }

  @ParameterizedTest
  @EnumSource(Bidirectional.Mode.class)
  void goesBothWaysAsDl4jDoes(Bidirectional.Mode mode) {
    Parity.assertAgree(
        perStep(RNNFormat.NCW, new Bidirectional(mode, new LSTM.Builder().nOut(5).build())),
        classPerStep(RNNFormat.NCW, Padding.AFTER, Padding.AFTER));
    Parity.assertAgree(
        perStep(RNNFormat.NWC, new Bidirectional(mode, new SimpleRnn.Builder().nOut(5).build())),
        classPerStep(RNNFormat.NWC, Padding.BETWEEN, Padding.BETWEEN));
  }

  @Test
  void stacksAsDl4jDoes() {
    Parity.assertAgree(
        perStep(
            RNNFormat.NCW,
            new LSTM.Builder().nOut(5).build(),
            new SimpleRnn.Builder().nOut(3).build(),
            new Bidirectional(new GravesLSTM.Builder().nOut(4).build()),
            new LSTM.Builder().nOut(6).build()),
        classPerStep(RNNFormat.NCW, Padding.AFTER, Padding.AFTER));
  }

  @ParameterizedTest
  @EnumSource(RNNFormat.class)
  void takesTheLastStepAsDl4jDoes(RNNFormat format) {
    for (Layer layer :
        List.of(
            new LSTM.Builder().nOut(5).build(),
            new GravesLSTM.Builder().nOut(5).build(),
            new Bidirectional(new SimpleRnn.Builder().nOut(5).build()))) {
      Parity.assertAgree(
          perExample(format, new LastTimeStep(layer)), classPerExample(format, Padding.NOWHERE));
    }
  }

  @Test
  void judgesActivationsWithoutWeightsAsDl4jDoes() {
    for (Padding labels : List.of(Padding.NOWHERE, Padding.AFTER)) {
      Parity.assertAgree(
          RecurrentNets.stack(
              RNNFormat.NCW,
              new LSTM.Builder().nOut(RecurrentNets.CLASSES).build(),
              new RnnLossLayer.Builder(LossFunction.MCXENT).activation(Activation.SOFTMAX).build()),
          classPerStep(RNNFormat.NCW, Padding.BEFORE, labels));
    }
  }

  @Test
  void learnsTheSameOfClassIndicesAndOfOnes() {
    ModelConfiguration model =
        ModelConfiguration.of(perStep(RNNFormat.NWC, new LSTM.Builder().nOut(5).build()));
    MultiDataSet data = classPerStep(RNNFormat.NWC, Padding.NOWHERE, Padding.AFTER).apply(0);
    try (PointerScope scope = new PointerScope();
        TorchNetwork network = TorchCompiler.compile(model, Parity.DEVICE)) {
      network.load(Network.initialState(model));
      TorchBatch ones = Parity.batch(data);
      Masked labels = ones.labels().get(0);
      Masked classes = labels.with(labels.values().argmax(new LongOptional(2), false));
      TorchBatch indices = new TorchBatch(ones.features(), List.of(classes));
      assertThat(loss(network, indices)).isCloseTo(loss(network, ones), within(1e-6));
    }
  }

  /** DL4J takes its own input for the labels when it tells the loss. */
  @Test
  void judgesActivationsWithoutWeightsAlikeInBothFormats() {
    List<float[]> gradients = new ArrayList<>();
    for (RNNFormat format : RNNFormat.values()) {
      RnnLossLayer.Builder end = new RnnLossLayer.Builder(LossFunction.MCXENT);
      gradients.add(
          gradient(
              RecurrentNets.stack(
                  format,
                  new SimpleRnn.Builder().nOut(RecurrentNets.CLASSES).build(),
                  end.dataFormat(format).activation(Activation.SOFTMAX).build()),
              classPerStep(format, Padding.NOWHERE, Padding.AFTER).apply(0)));
    }
    assertThat(gradients.get(1)).containsExactly(gradients.get(0), within(1e-6f));
  }

  /** DL4J trains without biases, but trips over the missing ones when it gives activations. */
  @Test
  void goesWithoutBiasesAtTheOutput() {
    MultiLayerConfiguration model =
        RecurrentNets.stack(
            RNNFormat.NCW,
            new SimpleRnn.Builder().nOut(5).build(),
            new RnnOutputLayer.Builder().nOut(RecurrentNets.CLASSES).hasBias(false).build());
    MultiDataSet data = classPerStep(RNNFormat.NCW, Padding.NOWHERE, Padding.AFTER).apply(0);
    try (Dl4j dl4j = Dl4j.of(ModelConfiguration.of(model))) {
      assertThat(gradient(model, data)).containsExactly(dl4j.gradient(data), within(1e-6f));
    }
  }

  @Test
  void inputsDropOnceAndNotAgainInAWrapper() {
    Layer inner = new DropoutLayer(0.5);
    Layer wrapper = new TimeDistributed(inner);
    wrapper.setIDropout(new Dropout(0.5)); // the network's default, which DL4J gives to both
    TorchRuntime.load();
    try (PointerScope scope = new PointerScope();
        Pass pass = Pass.training(2, new StepKey(0, 0, 1), TorchDevice.CPU, Integer.MAX_VALUE)) {
      Masked dropped =
          LayerTable.compile(new Site("here", "0_", wrapper, /* frozen= */ false, null))
              .forward(Masked.all(torch.ones(2, 3, 5)), pass);
      assertThat(Parity.floats(dropped.values())).containsOnly(0, 2);
    }
  }

  @Test
  void givesTheSameBitsInEveryThreadSideBySide() throws Exception {
    ModelConfiguration model =
        ModelConfiguration.of(
            perStep(
                RNNFormat.NCW,
                new Bidirectional(new LSTM.Builder().nOut(40).build()),
                new GravesLSTM.Builder().nOut(20).build()));
    ModelState start = Network.initialState(model);
    List<Callable<float[]>> tasks = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      tasks.add(() -> trained(model, start));
    }
    ExecutorService threads = Executors.newFixedThreadPool(2);
    try {
      float[] expected = trained(model, start);
      for (Future<float[]> result : threads.invokeAll(tasks, 60, TimeUnit.SECONDS)) {
        assertThat(result.get()).containsExactly(expected);
      }
    } finally {
      threads.shutdownNow();
    }
  }

  private static double loss(TorchNetwork network, TorchBatch batch) {
    try (Pass pass =
        Pass.training(batch.size(), new StepKey(0, 0, 1), Parity.DEVICE, Integer.MAX_VALUE)) {
      return Parity.backward(network, batch, pass);
    }
  }

  private static float[] gradient(MultiLayerConfiguration stack, MultiDataSet data) {
    ModelConfiguration model = ModelConfiguration.of(stack);
    try (TorchNetwork network = TorchCompiler.compile(model, Parity.DEVICE)) {
      network.load(Network.initialState(model));
      return Parity.gradient(network, data);
    }
  }

  private static float[] trained(ModelConfiguration model, ModelState start) {
    TorchRuntime.load();
    TorchRuntime.setThreads(1);
    var minibatches = classPerStep(RNNFormat.NCW, Padding.NOWHERE, Padding.AFTER);
    try (TorchNetwork network = TorchCompiler.compile(model, Parity.DEVICE);
        PointerScope scope = new PointerScope()) {
      network.load(start);
      for (int step = 0; step < 3; step++) {
        network.step(Parity.batch(minibatches.apply(step)), new StepKey(step, 0, 1));
      }
      return network.state().parameters();
    }
  }
}
