package tributary.worker.engine.torch;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.function.Supplier;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.BoolOptional;
import org.bytedeco.pytorch.GeneratorOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorArrayRefOptional;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.MemoryFormat;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.CnnLossLayer;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.learning.config.NoOp;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;
import tributary.datasets.Checks;
import tributary.datasets.minibatch.Minibatch;
import tributary.worker.bench.BenchModel;
import tributary.worker.bench.BenchModels;
import tributary.worker.engine.EngineSettings;
import tributary.worker.engine.Replica;
import tributary.worker.engine.StepKey;
import tributary.worker.model.ModelConfiguration;
import tributary.worker.model.Network;

/** What the engine adds to the time of the libtorch operations that it consists of. */
@Tag("bench")
@SuppressWarnings("try") // scopes are held, not used
class BareSpeedTest {
  private static final int TRIALS = 15;

  @BeforeAll
  static void start() {
    TorchRuntime.load();
    TorchRuntime.setThreads(1);
  }

  /** Shapes of ResNet-50 and VGG. */
  @ParameterizedTest
  @CsvSource({
    "8, 64, 56, 64, 3, 1",
    "8, 64, 56, 256, 1, 1",
    "8, 128, 28, 128, 3, 1",
    "8, 256, 28, 512, 1, 2",
    "8, 256, 14, 256, 3, 1",
    "8, 512, 7, 512, 3, 1",
    "4, 64, 112, 128, 3, 1"
  })
  void convolvesAlmostAsFastAsABareCall(
      int size, int channels, int side, int filters, int kernel, int stride) {
    ModelConfiguration model =
        ModelConfiguration.of(
            new NeuralNetConfiguration.Builder()
                .seed(1)
                .updater(new NoOp())
                .list()
                .layer(
                    new ConvolutionLayer.Builder(kernel, kernel)
                        .stride(stride, stride)
                        .padding(kernel / 2, kernel / 2)
                        .convolutionMode(ConvolutionMode.Truncate)
                        .nOut(filters)
                        .activation(Activation.IDENTITY)
                        .build())
                .layer(
                    new CnnLossLayer.Builder(LossFunction.MSE)
                        .activation(Activation.IDENTITY)
                        .build())
                .setInputType(InputType.convolutional(side, side, channels))
                .build());
    double[] bare = new double[TRIALS];
    double[] engine = new double[TRIALS];
    try (PointerScope scope = new PointerScope();
        Network network = Network.build(model);
        FlatTensors parameters = new FlatTensors(network.layout(), TorchDevice.CPU)) {
      Site site = new Site("", "0_", model.multiLayer().getConf(0).getLayer(), false, parameters);
      TorchLayer layer = LayerTable.compile(site);
      Pass pass = Pass.training(size, new StepKey(0, 0, 1), TorchDevice.CPU, 1);
      Tensor images =
          noise(size, channels, side, side)
              .contiguous(MemoryFormat.ChannelsLast)
              .requires_grad_(true);
      Tensor weights =
          noise(filters, channels, kernel, kernel)
              .contiguous(MemoryFormat.ChannelsLast)
              .requires_grad_(true);
      Tensor bias = noise(filters).requires_grad_(true);
      for (int trial = 0; trial < TRIALS; trial++) {
        engine[trial] = millis(() -> layer.forward(Masked.all(images), pass).values());
        bare[trial] =
            millis(
                () ->
                    torch.conv2d(
                        images,
                        weights,
                        new TensorOptional(bias),
                        new long[] {stride, stride},
                        new long[] {kernel / 2, kernel / 2},
                        new long[] {1, 1},
                        1));
      }
      pass.close();
    }
    double ratio = median(bare) / median(engine);
    System.out.println(
        Checks.format(
            "convolution %dx%dx%dx%d, %d filters %dx%d, stride %d: bare %.2f ms, engine %.2f ms,"
                + " %.0f %%",
            size,
            channels,
            side,
            side,
            filters,
            kernel,
            kernel,
            stride,
            median(bare),
            median(engine),
            100 * ratio));
    assertThat(ratio).isGreaterThan(0.85);
  }

  @Test
  void trainsResNet50AlmostAsFastAsALoopWrittenByHand() {
    BenchModel model = BenchModels.named("resnet50");
    Minibatch minibatch = model.minibatch(8);
    EngineSettings settings = new EngineSettings(EngineSettings.Type.TORCH, /* threads= */ 1);
    double[] bare = new double[5];
    double[] engine = new double[5];
    try (PointerScope scope = new PointerScope();
        Replica replica = new TorchEngine(settings).replica(model.configuration());
        BareResNet50 loop = new BareResNet50()) {
      replica.load(Network.initialState(model.configuration()));
      Tensor images = noise(8, 3, 224, 224);
      Tensor labels = torch.tensor(Arrays.stream(minibatch.labels()).asLongStream().toArray());
      loop.step(images, labels);
      replica.step(minibatch, new StepKey(0, 0, 1));
      for (int trial = 0; trial < bare.length; trial++) {
        long start = System.nanoTime();
        loop.step(images, labels);
        long between = System.nanoTime();
        replica.step(minibatch, new StepKey(1 + trial, 0, 1));
        bare[trial] = (between - start) / 1e6;
        engine[trial] = (System.nanoTime() - between) / 1e6;
      }
    }
    System.out.println(
        Checks.format(
            "resnet50, minibatch 8: by hand %.0f ms, engine %.0f ms, ratio %.3f",
            median(bare), median(engine), median(engine) / median(bare)));
    assertThat(median(engine) / median(bare)).isLessThan(1.1);
  }

  /** Forward and backward. */
  private static double millis(Supplier<Tensor> operation) {
    try (PointerScope scope = new PointerScope()) {
      long start = System.nanoTime();
      Tensor result = operation.get();
      result.backward(
          torch.ones_like(result), new BoolOptional(), false, new TensorArrayRefOptional());
      return (System.nanoTime() - start) / 1e6;
    }
  }

  private static Tensor noise(long... shape) {
    return torch.empty(shape).normal_(0, 1, new GeneratorOptional(torch.createCPUGenerator(1)));
  }

  private static double median(double[] values) {
    return Arrays.stream(values).sorted().toArray()[values.length / 2];
  }
}
