package tributary.worker.engine.torch;

import java.util.Arrays;
import java.util.function.Supplier;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;
import org.deeplearning4j.nn.conf.CNN2DFormat;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.deeplearning4j.nn.conf.layers.BaseOutputLayer;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.layers.PoolingType;
import org.deeplearning4j.nn.conf.layers.SubsamplingLayer;
import org.nd4j.linalg.activations.impl.ActivationSoftmax;
import org.nd4j.linalg.lossfunctions.impl.LossMCXENT;
import org.nd4j.linalg.lossfunctions.impl.LossNegativeLogLikelihood;
import tributary.worker.engine.torch.TorchCompiler.Place;

/** The layers that this engine runs. */
final class TorchLayers {
  private TorchLayers() {}

  static TorchLayer dense(Place place, FlatTensors parameters) {
    DenseLayer layer = (DenseLayer) place.layer();
    place.require(!layer.hasLayerNorm(), "layer normalisation");
    TorchLayer sums = linear(place, parameters, layer.hasBias());
    TorchLayer activation = TorchActivations.of(layer.getActivationFn(), place);
    return input -> activation.forward(sums.forward(input));
  }

  static TorchLayer sums(Place place, FlatTensors parameters) {
    return linear(place, parameters, ((OutputLayer) place.layer()).hasBias());
  }

  static TorchLayer activation(Place place, FlatTensors parameters) {
    return TorchActivations.of(((ActivationLayer) place.layer()).getActivationFn(), place);
  }

  /**
   * Softmax with cross-entropy, as classifiers end; computed together, so that no log is cut off.
   */
  static TorchOutput output(Place place) {
    place.require(place.layer() instanceof OutputLayer, "network without an output layer");
    BaseOutputLayer layer = (BaseOutputLayer) place.layer();
    place.require(layer.getActivationFn() instanceof ActivationSoftmax, "output but softmax");
    boolean crossEntropy =
        layer.getLossFn().getClass() == LossMCXENT.class
            || layer.getLossFn().getClass() == LossNegativeLogLikelihood.class;
    place.require(crossEntropy, "loss " + layer.getLossFn());
    place.require(((LossMCXENT) layer.getLossFn()).getWeights() == null, "weighted loss");
    return new TorchOutput() {
      @Override
      public Tensor activations(Tensor sums) {
        return sums.softmax(1);
      }

      @Override
      public Tensor loss(Tensor sums, Tensor labels) {
        return torch.cross_entropy_loss(sums, labels);
      }
    };
  }

  static TorchLayer convolution(Place place, FlatTensors parameters) {
    ConvolutionLayer layer = (ConvolutionLayer) place.layer();
    place.require(layer.getCnn2dDataFormat() == CNN2DFormat.NCHW, "channels-last input");
    Tensor weights = parameters.leaf(place.parameter("W"));
    Supplier<TensorOptional> bias = bias(place, parameters, layer.hasBias());
    long[] stride = longs(layer.getStride());
    long[] dilation = longs(layer.getDilation());
    Padding padding =
        Padding.of(
            place,
            layer.getConvolutionMode(),
            longs(layer.getKernelSize()),
            stride,
            dilation,
            longs(layer.getPadding()));
    TorchLayer activation = TorchActivations.of(layer.getActivationFn(), place);
    return input ->
        activation.forward(
            torch.conv2d(
                padding.apply(input, 0),
                weights,
                bias.get(),
                stride,
                padding.symmetric(),
                dilation,
                1));
  }

  static TorchLayer pooling(Place place, FlatTensors parameters) {
    SubsamplingLayer layer = (SubsamplingLayer) place.layer();
    place.require(layer.getCnn2dDataFormat() == CNN2DFormat.NCHW, "channels-last input");
    long[] kernel = longs(layer.getKernelSize());
    long[] stride = longs(layer.getStride());
    long[] dilation = longs(layer.getDilation());
    Padding padding =
        Padding.of(
            place, layer.getConvolutionMode(), kernel, stride, dilation, longs(layer.getPadding()));
    PoolingType type = PoolingType.valueOf(layer.getPoolingType().name());
    place.require(type == PoolingType.MAX, "pooling but maximum");
    return input ->
        torch.max_pool2d(
            padding.apply(input, Double.NEGATIVE_INFINITY),
            kernel,
            stride,
            padding.symmetric(),
            dilation,
            false);
  }

  private static TorchLayer linear(Place place, FlatTensors parameters, boolean hasBias) {
    Tensor weights = parameters.leaf(place.parameter("W"));
    Supplier<TensorOptional> bias = bias(place, parameters, hasBias);
    return input -> torch.linear(input, weights, bias.get());
  }

  /** Made anew for each pass and freed with its scope: one that stayed would keep the buffers. */
  private static Supplier<TensorOptional> bias(
      Place place, FlatTensors parameters, boolean hasBias) {
    if (!hasBias) {
      return TensorOptional::new;
    }
    Tensor leaf = parameters.leaf(place.parameter("b"));
    return () -> new TensorOptional(leaf);
  }

  private static long[] longs(int[] values) {
    return Arrays.stream(values).asLongStream().toArray();
  }

  /**
   * What is put around an image before a window moves over it: the same on both sides, which the
   * operation does itself, or DL4J's mode "Same", whose right and lower edge may get one more.
   *
   * @param same whether the mode is "Same"
   * @param window extent of the window, holes included
   * @param stride of the window
   * @param symmetric rows and columns on either side; zeros in mode "Same"
   */
  @SuppressWarnings("ArrayRecordComponent") // two numbers each; never compared
  private record Padding(boolean same, long[] window, long[] stride, long[] symmetric) {
    static Padding of(
        Place place,
        ConvolutionMode mode,
        long[] kernel,
        long[] stride,
        long[] dilation,
        long[] given) {
      place.require(mode != ConvolutionMode.Causal, "convolution mode Causal");
      long[] window = new long[2];
      for (int i = 0; i < 2; i++) {
        window[i] = (kernel[i] - 1) * dilation[i] + 1;
      }
      boolean same = mode == ConvolutionMode.Same;
      return new Padding(same, window, stride, same ? new long[2] : given);
    }

    Tensor apply(Tensor input, double value) {
      if (!same) {
        return input;
      }
      long rows = missing(input.size(2), 0);
      long columns = missing(input.size(3), 1);
      if (rows == 0 && columns == 0) {
        return input;
      }
      long[] edges = {columns / 2, columns - columns / 2, rows / 2, rows - rows / 2};
      return torch.constant_pad_nd(input, edges, new Scalar(value));
    }

    /** So many more rows (or columns) make the output as large as the input over the stride. */
    private long missing(long size, int dimension) {
      long outputs = (size + stride[dimension] - 1) / stride[dimension];
      return Math.max(0, (outputs - 1) * stride[dimension] + window[dimension] - size);
    }
  }
}
