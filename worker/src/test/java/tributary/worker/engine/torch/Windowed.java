package tributary.worker.engine.torch;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.IntFunction;
import org.assertj.core.data.Offset;
import org.bytedeco.javacpp.PointerScope;
import org.deeplearning4j.nn.conf.CNN2DFormat;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.DataFormat;
import org.deeplearning4j.nn.conf.InputPreProcessor;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.RNNFormat;
import org.deeplearning4j.nn.conf.layers.BaseOutputLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.layers.RnnOutputLayer;
import org.deeplearning4j.nn.conf.preprocessor.Cnn3DToFeedForwardPreProcessor;
import org.deeplearning4j.nn.conf.preprocessor.CnnToFeedForwardPreProcessor;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.MultiDataSet;
import org.nd4j.linalg.learning.config.Sgd;
import tributary.worker.model.ModelConfiguration;

/**
 * Stacks of layers that move windows over sequences, images and volumes, for parity tests.
 *
 * @param format of the values
 * @param shape of one example, in that format
 * @param layers with the numbers of their inputs: what DL4J infers is often wrong
 */
@SuppressWarnings({"ArrayRecordComponent", "try"}) // never compared; scopes are held
record Windowed(DataFormat format, int[] shape, Layer... layers) {
  private static final int CLASSES = 3;

  /** Sequences {@code [features, steps]}, images and volumes, channels first. */
  static Windowed of(int[] shape, Layer... layers) {
    return new Windowed(null, shape, layers);
  }

  /** The same with channels last; the shape is still given channels first. */
  static Windowed of(DataFormat format, int[] shape, Layer... layers) {
    if (!Formats.channelsLast(format)) {
      return of(shape, layers);
    }
    int[] last = Arrays.copyOfRange(shape, 1, shape.length + 1);
    last[shape.length - 1] = shape[0];
    return new Windowed(format, last, layers);
  }

  static int[] shape(int... channelsFirst) {
    return channelsFirst;
  }

  /** Both engines agree on the layers under an output layer. */
  void assertAgree() {
    Parity.assertAgree(stack(), minibatches());
  }

  /** Both engines compute the same activations, where DL4J can't train. */
  void assertActivationsAgree() {
    INDArray input = values(7, 3);
    try (Dl4j dl4j = Dl4j.of(ModelConfiguration.of(list().build()));
        TorchNetwork torch = network()) {
      torch.load(dl4j.state());
      float[] expected = Parity.floats(dl4j.activations(new MultiDataSet(input, input))[0]);
      assertThat(activations(torch, input, null)).containsExactly(expected, Offset.offset(1e-5f));
    }
  }

  /** The layers alone, on libtorch. */
  TorchNetwork network() {
    TorchRuntime.load();
    return TorchCompiler.compile(ModelConfiguration.of(list().build()), TorchDevice.CPU);
  }

  /**
   * What libtorch computes. ND4J must not work inside the scope, which would free what it keeps.
   *
   * @param mask of the values; may be null
   */
  static float[] activations(TorchNetwork network, INDArray values, INDArray mask) {
    try (PointerScope scope = new PointerScope()) {
      Masked input = new Masked(Parity.tensor(values), mask == null ? null : Parity.tensor(mask));
      return Parity.floats(network.activations(List.of(input)).get(0).values());
    }
  }

  INDArray values(long seed, int size) {
    return Data.values(seed, Data.shape(size, shape));
  }

  /** The layers with an output layer: one label for each example or step. */
  MultiLayerConfiguration stack() {
    int[] output = outputShape();
    BaseOutputLayer.Builder<?> last =
        output.length == 2
            ? new RnnOutputLayer.Builder().dataFormat(RNNFormat.NCW)
            : new OutputLayer.Builder();
    last.setNIn(output.length == 2 ? output[0] : Arrays.stream(output).reduce(1, (a, b) -> a * b));
    last.setNOut(CLASSES);
    var list = list().layer(last.activation(Activation.SOFTMAX).build());
    if (output.length > 2) {
      list.inputPreProcessor(layers.length, flattening(output));
    }
    return list.build();
  }

  /** Minibatches of two or three random examples. */
  IntFunction<MultiDataSet> minibatches() {
    int[] output = outputShape();
    return step -> {
      int size = 2 + (step & 1);
      return new MultiDataSet(
          values(step, size),
          output.length == 2
              ? Data.oneHot(step, size, CLASSES, output[1])
              : Data.oneHot(step, size, CLASSES));
    };
  }

  private NeuralNetConfiguration.ListBuilder list() {
    var list =
        new NeuralNetConfiguration.Builder()
            .seed(5)
            .updater(new Sgd(0.02))
            .activation(Activation.TANH)
            .biasInit(0.1)
            .list();
    Arrays.stream(layers).forEach(list::layer);
    return list;
  }

  private InputPreProcessor flattening(int... output) {
    boolean last = Formats.channelsLast(format);
    int i = last ? 0 : 1;
    int channels = last ? output[output.length - 1] : output[0];
    return output.length == 3
        ? new CnnToFeedForwardPreProcessor(
            output[i], output[i + 1], channels, last ? CNN2DFormat.NHWC : CNN2DFormat.NCHW)
        : new Cnn3DToFeedForwardPreProcessor(
            output[i], output[i + 1], output[i + 2], channels, /* isNCDHW= */ !last);
  }

  private int[] outputShape() {
    var one = new MultiDataSet(values(0, 1), Data.values(0, 1, 1));
    try (Dl4j dl4j = Dl4j.of(ModelConfiguration.of(list().build()))) {
      long[] output = dl4j.activations(one)[0].shape();
      return Arrays.stream(output).skip(1).mapToInt(Math::toIntExact).toArray();
    }
  }

  /** Some numbers from {@code least} to {@code most}. */
  static int[] numbers(SplittableRandom random, int count, int least, int most) {
    return random.ints(count, least, most + 1).toArray();
  }

  static ConvolutionMode mode(SplittableRandom random) {
    return random.nextBoolean() ? ConvolutionMode.Same : ConvolutionMode.Truncate;
  }
}
