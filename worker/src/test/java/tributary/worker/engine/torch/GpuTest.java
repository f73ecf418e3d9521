package tributary.worker.engine.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.deeplearning4j.nn.conf.CNN2DFormat;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.Convolution3D;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.Deconvolution2D;
import org.deeplearning4j.nn.conf.layers.DepthwiseConvolution2D;
import org.deeplearning4j.nn.conf.layers.GlobalPoolingLayer;
import org.deeplearning4j.nn.conf.layers.GravesLSTM;
import org.deeplearning4j.nn.conf.layers.LSTM;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.LocalResponseNormalization;
import org.deeplearning4j.nn.conf.layers.PoolingType;
import org.deeplearning4j.nn.conf.layers.Subsampling3DLayer;
import org.deeplearning4j.nn.conf.layers.SubsamplingLayer;
import org.deeplearning4j.nn.conf.layers.Upsampling2D;
import org.deeplearning4j.nn.conf.layers.recurrent.Bidirectional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.MultiDataSet;
import org.nd4j.linalg.learning.config.Sgd;
import tributary.datasets.Checks;
import tributary.datasets.minibatch.Minibatch;
import tributary.worker.bench.BenchModel;
import tributary.worker.bench.BenchModels;
import tributary.worker.bench.StepBenchmark;
import tributary.worker.engine.EngineSettings;
import tributary.worker.engine.EngineSettings.Device;
import tributary.worker.engine.EngineSettings.Precision;
import tributary.worker.engine.Replica;
import tributary.worker.engine.StepKey;
import tributary.worker.model.ModelConfiguration;
import tributary.worker.model.ModelState;
import tributary.worker.model.Network;
import tributary.worker.model.StateHash;

/** Needs a GPU; {@code deploy/gpu-check} runs it. */
@Tag("gpu")
@SuppressWarnings({
  "deprecation",
  "try"
}) // old models hold Graves's layers; scopes are held, not used
class GpuTest {
  @ParameterizedTest
  @CsvSource({"lenet,FP32", "lenet,TF32", "lenet,BF16", "lstm,FP32", "resnet50,BF16"})
  void givesTheSameBitsTwice(String name, Precision precision) {
    BenchModel model = BenchModels.named(name);
    Minibatch minibatch = model.minibatch(8);
    ModelState start = Network.initialState(model.configuration());
    TorchEngine engine = new TorchEngine(gpu(precision));

    assertThat(trained(engine, model, start, minibatch))
        .isEqualTo(trained(engine, model, start, minibatch));
  }

  /** Kernels in which several threads add to one number must do so in the same order each time. */
  @ParameterizedTest
  @MethodSource("layersWhoseGradientsMeet")
  void addsGradientsThatMeetInOneOrder(InputType input, Layer layer) {
    MultiLayerConfiguration stack = Stacks.of(new Sgd(0.1), input, first(input), layer, sum());
    ModelConfiguration model = ModelConfiguration.of(stack);
    ModelState start = Network.initialState(model);
    INDArray features = features(input);
    MultiDataSet data = new MultiDataSet(features, Data.oneHot(2, (int) features.size(0), 4));

    assertThat(trained(model, start, data)).isEqualTo(trained(model, start, data));
  }

  static Stream<Arguments> layersWhoseGradientsMeet() {
    InputType image = InputType.convolutional(24, 24, 8);
    InputType channelsLast = InputType.convolutional(24, 24, 8, CNN2DFormat.NHWC);
    InputType volume = InputType.convolutional3D(Convolution3D.DataFormat.NCDHW, 12, 12, 12, 4);
    InputType sequence = InputType.recurrent(8, 40);
    return Stream.of(
        arguments(image, pooling(PoolingType.MAX, CNN2DFormat.NCHW)),
        arguments(image, pooling(PoolingType.AVG, CNN2DFormat.NCHW)),
        arguments(channelsLast, pooling(PoolingType.MAX, CNN2DFormat.NHWC)),
        arguments(channelsLast, pooling(PoolingType.AVG, CNN2DFormat.NHWC)),
        arguments(image, new Upsampling2D.Builder(2).build()),
        arguments(image, new LocalResponseNormalization.Builder().build()),
        arguments(image, new DepthwiseConvolution2D.Builder(3, 3).depthMultiplier(2).build()),
        arguments(image, new Deconvolution2D.Builder(3, 3).nOut(8).stride(2, 2).build()),
        arguments(volume, pooling(Subsampling3DLayer.PoolingType.MAX)),
        arguments(volume, pooling(Subsampling3DLayer.PoolingType.AVG)),
        arguments(sequence, new Bidirectional(new LSTM.Builder().nOut(16).build())),
        arguments(sequence, new GravesLSTM.Builder().nOut(16).dropOut(0.5).build()));
  }

  private static Layer pooling(PoolingType type, CNN2DFormat format) {
    return new SubsamplingLayer.Builder(type)
        .kernelSize(3, 3)
        .stride(1, 1)
        .dataFormat(format)
        .build();
  }

  private static Layer pooling(Subsampling3DLayer.PoolingType type) {
    return new Subsampling3DLayer.Builder(type).kernelSize(3, 3, 3).stride(1, 1, 1).build();
  }

  private static Layer sum() {
    return new GlobalPoolingLayer.Builder(PoolingType.SUM).build();
  }

  /** A layer that learns from the gradient that the next one hands down. */
  private static Layer first(InputType input) {
    return switch (input.getType()) {
      case CNN ->
          new ConvolutionLayer.Builder(3, 3)
              .nOut(8)
              .dataFormat(((InputType.InputTypeConvolutional) input).getFormat())
              .build();
      case CNN3D -> new Convolution3D.Builder(3, 3, 3).nOut(4).build();
      default -> new LSTM.Builder().nOut(16).build();
    };
  }

  private static INDArray features(InputType input) {
    int[] shape = Arrays.stream(input.getShape(true)).mapToInt(Math::toIntExact).toArray();
    shape[0] = 64;
    return Data.values(1, shape);
  }

  private static String trained(ModelConfiguration model, ModelState start, MultiDataSet data) {
    TorchDevice device = TorchDevice.of(gpu(Precision.FP32), /* gpu= */ 0);
    try (TorchNetwork network = TorchCompiler.compile(model, device);
        PointerScope scope = new PointerScope()) {
      network.load(start);
      Tensor features =
          device.floats(Parity.floats(data.getFeatures(0)), data.getFeatures(0).shape());
      Tensor labels = device.floats(Parity.floats(data.getLabels(0)), data.getLabels(0).shape());
      TorchBatch batch = new TorchBatch(List.of(Masked.all(features)), List.of(Masked.all(labels)));
      for (int step = 0; step < 5; step++) {
        network.step(batch, new StepKey(step, 0, 1 + step));
      }
      return StateHash.sha256(network.state().parameters());
    }
  }

  @ParameterizedTest
  @CsvSource({"lenet,512", "lstm,128", "resnet50,64"})
  void stepsFasterThanTheProcessor(String name, int batch) {
    int cores = Runtime.getRuntime().availableProcessors();
    List<EngineSettings> engines =
        List.of(
            new EngineSettings(EngineSettings.Type.TORCH, cores),
            gpu(Precision.FP32),
            gpu(Precision.TF32),
            gpu(Precision.BF16));
    var report = new StepBenchmark(BenchModels.named(name), batch, engines, 3, 10).run();
    for (StepBenchmark.Result result : report.results()) {
      System.out.println(
          Checks.format(
              "| %s | %d | %s %s, threads: %d | %.2f ms a step (%.2f..%.2f) | %.0f items/s |"
                  + " %.0f GFLOP/s of %.0f |",
              name,
              batch,
              result.engine().device(),
              result.engine().precision(),
              result.engine().threads(),
              result.step().median(),
              result.step().least(),
              result.step().most(),
              batch * 1000 / result.step().median(),
              report.flopsPerStep() / 1e6 / result.step().median(),
              result.peakGflops()));
    }
    double processor = report.results().get(0).step().median();
    assertThat(report.results().get(1).step().median()).isLessThan(processor);
  }

  private static EngineSettings gpu(Precision precision) {
    return new EngineSettings(EngineSettings.Type.TORCH, /* threads= */ 1, precision, Device.CUDA);
  }

  private static String trained(
      TorchEngine engine, BenchModel model, ModelState start, Minibatch minibatch) {
    try (Replica replica = engine.replica(model.configuration())) {
      replica.load(start);
      for (int step = 0; step < 5; step++) {
        replica.step(minibatch, new StepKey(step, 0, 1 + step));
      }
      return StateHash.sha256(replica.state().parameters());
    }
  }
}
