package tributary.worker.engine.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Named.named;
import static tributary.worker.engine.torch.RecurrentNets.classPerExample;
import static tributary.worker.engine.torch.RecurrentNets.classPerStep;
import static tributary.worker.engine.torch.RecurrentNets.perExample;
import static tributary.worker.engine.torch.RecurrentNets.perStep;

import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.RNNFormat;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.GravesBidirectionalLSTM;
import org.deeplearning4j.nn.conf.layers.GravesLSTM;
import org.deeplearning4j.nn.conf.layers.LSTM;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.RnnLossLayer;
import org.deeplearning4j.nn.conf.layers.recurrent.Bidirectional;
import org.deeplearning4j.nn.conf.layers.recurrent.LastTimeStep;
import org.deeplearning4j.nn.conf.layers.recurrent.SimpleRnn;
import org.deeplearning4j.nn.conf.layers.recurrent.TimeDistributed;
import org.deeplearning4j.nn.conf.layers.util.MaskZeroLayer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.MultiDataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;
import tributary.worker.engine.torch.RecurrentNets.Padding;
import tributary.worker.model.ModelConfiguration;
import tributary.worker.model.Network;

/** Which layers heed a mask, and what it does, as in DL4J; gradients where DL4J's are wrong. */
@SuppressWarnings({"deprecation", "try"}) // Graves's layers; scopes are held, not used
class RecurrentMasksTest {
  private static final RNNFormat NCW = RNNFormat.NCW;
  private static final RNNFormat NWC = RNNFormat.NWC;
  private static final Layer LSTM = new LSTM.Builder().nOut(5).build();
  private static final Layer GRAVES = new GravesLSTM.Builder().nOut(5).build();
  private static final Layer SIMPLE = new SimpleRnn.Builder().nOut(5).build();

  @ParameterizedTest
  @EnumSource(
      value = Padding.class,
      names = {"AFTER", "BEFORE", "BETWEEN"})
  void onlySomeLayersHeedMasksAsInDl4j(Padding padding) {
    for (Layer layer : new Layer[] {LSTM, GRAVES, SIMPLE}) {
      Parity.assertAgree(perStep(NCW, layer), classPerStep(NCW, padding, Padding.NOWHERE));
    }
    Parity.assertAgree(perExample(NWC, new LastTimeStep(SIMPLE)), classPerExample(NWC, padding));
    Parity.assertAgree(
        perStep(NWC, new MaskZeroLayer(SIMPLE, 0)), classPerStep(NWC, padding, padding));
  }

  @Test
  void wrappersTellMasksAsInDl4j() {
    for (Layer layer : new Layer[] {LSTM, GRAVES, new MaskZeroLayer(LSTM, 0)}) {
      Parity.assertAgree(
          perExample(NCW, new LastTimeStep(layer)), classPerExample(NCW, Padding.AFTER));
    }
    Parity.assertAgree(
        perExample(NWC, new LastTimeStep(GRAVES)), classPerExample(NWC, Padding.BEFORE));
    Parity.assertAgree(
        perStep(NCW, new MaskZeroLayer(LSTM, 0)), classPerStep(NCW, Padding.AFTER, Padding.AFTER));
    Parity.assertAgree(
        perStep(NWC, new MaskZeroLayer(GRAVES, 0)),
        classPerStep(NWC, Padding.BEFORE, Padding.BEFORE));
    Parity.assertAgree(
        perStep(NCW, new GravesBidirectionalLSTM.Builder().nOut(5).build()),
        classPerStep(NCW, Padding.AFTER, Padding.AFTER));
  }

  /** DL4J agrees on the activations; only its gradient leaks through steps that don't count. */
  @ParameterizedTest
  @MethodSource("leaks")
  void gradientsFollowTheScoreWhereDl4jsLeak(MultiLayerConfiguration stack, MultiDataSet data) {
    ModelConfiguration model = ModelConfiguration.of(stack);
    try (Dl4j dl4j = Dl4j.of(model);
        TorchNetwork torch = TorchCompiler.compile(model, Parity.DEVICE)) {
      torch.load(dl4j.state());
      assertThat(outputs(stack, data).equalsWithEps(dl4j.activations(data)[0], 1e-5)).isTrue();
      int parameters = (int) dl4j.layout().parameterCount();
      int[] some = IntStream.range(0, parameters).filter(i -> i % 7 == 0).toArray();
      double[] slopes = Dl4j.slopes(model, data, some);
      // DL4J rounds last steps to 24 bits, whatever the parameters have.
      assertThat(difference(Parity.gradient(torch, data), some, slopes)).isLessThan(0.05);
      assertThat(difference(dl4j.gradient(data), some, slopes)).isGreaterThan(0.08);
    }
  }

  static Stream<Arguments> leaks() {
    return Stream.of(
        Arguments.of(
            named("last LSTM step, padding before", perExample(NCW, new LastTimeStep(LSTM))),
            classPerExample(NCW, Padding.BEFORE).apply(0)),
        Arguments.of(
            named("last GravesLSTM step, holes", perExample(NCW, new LastTimeStep(GRAVES))),
            classPerExample(NCW, Padding.BETWEEN).apply(0)),
        Arguments.of(
            named(
                "last step of both ways, padding after",
                perExample(NCW, new LastTimeStep(new Bidirectional(LSTM)))),
            classPerExample(NCW, Padding.AFTER).apply(0)),
        Arguments.of(
            named("zeros masked, holes", perStep(NCW, new MaskZeroLayer(LSTM, 0))),
            classPerStep(NCW, Padding.BETWEEN, Padding.BETWEEN).apply(0)),
        Arguments.of(
            named(
                "GravesBidirectionalLSTM, holes",
                perStep(NCW, new GravesBidirectionalLSTM.Builder().nOut(5).build())),
            classPerStep(NCW, Padding.BETWEEN, Padding.BETWEEN).apply(0)));
  }

  /** DL4J's TimeDistributed takes steps in one order and their mask in another. */
  @Test
  void stepsThatDoNotCountGiveExactZeros() {
    MultiDataSet data = classPerStep(NWC, Padding.BETWEEN, Padding.NOWHERE).apply(1);
    for (Layer layer :
        new Layer[] {
          new TimeDistributed(
              new DenseLayer.Builder().nOut(5).activation(Activation.SOFTPLUS).build()),
          new MaskZeroLayer(LSTM, 0),
          new MaskZeroLayer(GRAVES, 0),
          SIMPLE
        }) {
      RnnLossLayer.Builder end = new RnnLossLayer.Builder(LossFunction.MSE);
      MultiLayerConfiguration model =
          RecurrentNets.stack(
              NWC, layer, end.dataFormat(NWC).activation(Activation.IDENTITY).build());
      INDArray units = outputs(model, data).neq(0).castTo(DataType.FLOAT).sum(2);
      assertThat(units).as("%s", layer).isEqualTo(data.getFeaturesMaskArray(0).mul(5));
    }
  }

  @Test
  void stepsThatCountInPartAreWeighedStepByStepAsInDl4j() {
    ModelConfiguration model = ModelConfiguration.of(perExample(NCW, new LastTimeStep(LSTM)));
    MultiDataSet data = classPerExample(NCW, Padding.AFTER).apply(0);
    data.getFeaturesMaskArray(0).muli(0.5);
    try (Dl4j dl4j = Dl4j.of(model)) {
      assertThat(outputs(model.multiLayer(), data).equalsWithEps(dl4j.activations(data)[0], 1e-5))
          .isTrue();
    }
  }

  private static INDArray outputs(MultiLayerConfiguration stack, MultiDataSet data) {
    ModelConfiguration model = ModelConfiguration.of(stack);
    try (PointerScope scope = new PointerScope();
        TorchNetwork torch = TorchCompiler.compile(model, Parity.DEVICE)) {
      torch.load(Network.initialState(model));
      Tensor values = torch.activations(Parity.batch(data).features()).get(0).values();
      return Nd4j.createFromArray(Parity.floats(values)).reshape('c', values.shape());
    }
  }

  private static double difference(float[] gradient, int[] indices, double[] slopes) {
    double largest = 0;
    double difference = 0;
    for (int i = 0; i < slopes.length; i++) {
      largest = Math.max(largest, Math.abs(slopes[i]));
      difference = Math.max(difference, Math.abs(gradient[indices[i]] - slopes[i]));
    }
    return difference / largest;
  }
}
