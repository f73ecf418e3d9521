package tributary.worker.engine.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.IntFunction;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.MultiDataSet;
import tributary.worker.engine.EngineSettings;
import tributary.worker.engine.EngineSettings.Device;
import tributary.worker.engine.EngineSettings.Precision;
import tributary.worker.engine.StepKey;
import tributary.worker.model.ModelConfiguration;
import tributary.worker.model.ModelState;
import tributary.worker.model.ParameterTensor;

/**
 * DL4J is the oracle: it and this engine get the same state and minibatches and must agree on
 * activations, gradients, losses, parameters and optimizer state.
 */
@SuppressWarnings("try") // scopes are held, not used
final class Parity {
  private static final int STEPS = 5;

  /** The processor, or with {@code -Dtributary.device=cuda} the first GPU. */
  static final TorchDevice DEVICE = device();

  /** Relative to the largest value: single values near zero carry no weight. */
  private final double tolerance;

  private final ModelConfiguration model;
  private final String what;

  private Parity(ModelConfiguration model, double tolerance) {
    TorchRuntime.load();
    TorchRuntime.setThreads(1);
    this.model = model;
    this.tolerance = tolerance;
    this.what = " of " + model.json();
  }

  static void assertAgree(MultiLayerConfiguration model, IntFunction<MultiDataSet> minibatches) {
    assertAgree(ModelConfiguration.of(model), minibatches, 1e-4);
  }

  static void assertAgree(
      ComputationGraphConfiguration model, IntFunction<MultiDataSet> minibatches) {
    assertAgree(ModelConfiguration.of(model), minibatches, 1e-4);
  }

  /**
   * Trains both for five steps.
   *
   * @param minibatches the minibatch of each step; of step -1, which only activations are taken of
   * @param tolerance of the largest value
   */
  static void assertAgree(
      ModelConfiguration model, IntFunction<MultiDataSet> minibatches, double tolerance) {
    new Parity(model, tolerance).check(minibatches, STEPS);
  }

  /** Compares the loss of one step in training mode, and the parameters after it. */
  static void assertSameFirstStep(ModelConfiguration model, MultiDataSet minibatch) {
    Parity parity = new Parity(model, 1e-4);
    try (Dl4j dl4j = Dl4j.of(model);
        TorchNetwork torch = TorchCompiler.compile(model, DEVICE)) {
      torch.load(dl4j.state());
      parity.train(dl4j, torch, step -> minibatch, 1);
    }
  }

  /** Compares what both compute from the same state. */
  static void assertSameActivations(ModelConfiguration model, MultiDataSet minibatch) {
    Parity parity = new Parity(model, 1e-4);
    try (Dl4j dl4j = Dl4j.of(model);
        TorchNetwork torch = TorchCompiler.compile(model, DEVICE)) {
      torch.load(dl4j.state());
      parity.checkActivations(dl4j, torch, minibatch);
    }
  }

  private static TorchDevice device() {
    TorchRuntime.load();
    Device wish =
        Device.valueOf(System.getProperty("tributary.device", "cpu").toUpperCase(Locale.ROOT));
    return TorchDevice.of(
        new EngineSettings(EngineSettings.Type.TORCH, 1, Precision.FP32, wish), /* gpu= */ 0);
  }

  private void check(IntFunction<MultiDataSet> minibatches, int steps) {
    try (Dl4j dl4j = Dl4j.of(model);
        TorchNetwork torch = TorchCompiler.compile(model, DEVICE)) {
      torch.load(dl4j.state());
      checkActivations(dl4j, torch, minibatches.apply(-1));
      if (!dl4j.trainsInSegments()) {
        checkGradient(dl4j, torch, minibatches.apply(0));
      }
      train(dl4j, torch, minibatches, steps);
    }
  }

  private void train(
      Dl4j dl4j, TorchNetwork torch, IntFunction<MultiDataSet> minibatches, int steps) {
    for (int step = 0; step < steps; step++) {
      MultiDataSet minibatch = minibatches.apply(step);
      double expected = dl4j.step(minibatch, step);
      try (PointerScope scope = new PointerScope()) {
        assertThat(torch.step(batch(minibatch), new StepKey(step, 0, 1 + step)).loss())
            .as("loss of step %d%s", step, what)
            .isCloseTo(expected, within(tolerance * Math.max(Math.abs(expected), 1e-3)));
      }
    }
    ModelState found = torch.state();
    ModelState expected = dl4j.state();
    assertClose(found.parameters(), expected.parameters(), "parameters");
    assertClose(found.optimizer(), expected.optimizer(), "optimizer state");
  }

  private void checkActivations(Dl4j dl4j, TorchNetwork torch, MultiDataSet minibatch) {
    INDArray[] expected = dl4j.activations(minibatch);
    try (PointerScope scope = new PointerScope()) {
      List<Masked> found = torch.activations(batch(minibatch).features());
      for (int i = 0; i < expected.length; i++) {
        Tensor values = found.get(i).values();
        assertThat(values.shape())
            .as("shape of output %d%s", i, what)
            .isEqualTo(expected[i].shape());
        assertClose(floats(values), floats(expected[i]), "output " + i);
      }
    }
  }

  private void checkGradient(Dl4j dl4j, TorchNetwork torch, MultiDataSet minibatch) {
    float[] expected = dl4j.gradient(minibatch);
    float[] found = gradient(torch, minibatch);
    for (ParameterTensor tensor : dl4j.layout().tensors()) {
      int from = (int) tensor.offset();
      int to = (int) (from + tensor.size());
      assertClose(
          Arrays.copyOfRange(found, from, to),
          Arrays.copyOfRange(expected, from, to),
          Math.max(largest(expected) * 1e-2, 1e-12),
          "gradient of " + tensor.name());
    }
  }

  /** The loss of a training pass; its gradient is added to the network's. */
  static double backward(TorchNetwork torch, TorchBatch batch, Pass pass) {
    try (PointerScope scope = new PointerScope()) {
      Tensor loss = torch.loss(batch, pass);
      loss.backward();
      return loss.item_float();
    }
  }

  /** This engine's gradient of the loss, penalties left out; the network is as it was before. */
  static float[] gradient(TorchNetwork torch, MultiDataSet minibatch) {
    ModelState before = torch.state();
    try (PointerScope scope = new PointerScope();
        Pass pass =
            Pass.training(minibatch.getLabels(0).size(0), new StepKey(0, 0, 1), DEVICE, 1 << 30)) {
      backward(torch, batch(minibatch), pass);
      float[] gradient = FlatTensors.copyOut(torch.parameters().gradients());
      torch.load(before);
      return gradient;
    }
  }

  private void assertClose(float[] found, float[] expected, String part) {
    assertClose(found, expected, 1e-12, part);
  }

  private void assertClose(float[] found, float[] expected, double least, String part) {
    assertThat(found).as(part + what).hasSameSizeAs(expected);
    double difference = 0;
    int worst = 0;
    for (int i = 0; i < expected.length; i++) {
      double here = Math.abs(expected[i] - found[i]);
      if (!(here <= difference)) { // NaN is the worst
        difference = here;
        worst = i;
      }
    }
    if (expected.length > 0) {
      assertThat(difference / Math.max(least, largest(expected)))
          .as("%s: value %d is %s, expected %s%s", part, worst, found[worst], expected[worst], what)
          .isLessThan(tolerance);
    }
  }

  private static double largest(float[] values) {
    double largest = 0;
    for (float value : values) {
      largest = Math.max(largest, Math.abs(value));
    }
    return largest;
  }

  static TorchBatch batch(MultiDataSet minibatch) {
    return new TorchBatch(
        masked(minibatch.getFeatures(), minibatch.getFeaturesMaskArrays()),
        masked(minibatch.getLabels(), minibatch.getLabelsMaskArrays()));
  }

  private static List<Masked> masked(INDArray[] values, INDArray[] masks) {
    List<Masked> all = new ArrayList<>();
    for (int i = 0; i < values.length; i++) {
      boolean hasMask = masks != null && masks[i] != null;
      all.add(new Masked(tensor(values[i]), hasMask ? tensor(masks[i]) : null));
    }
    return all;
  }

  static Tensor tensor(INDArray array) {
    return DEVICE.floats(floats(array), array.shape());
  }

  static float[] floats(INDArray array) {
    return array.dup('c').data().asFloat();
  }

  static float[] floats(Tensor tensor) {
    return FlatTensors.copyOut(tensor.to(torch.ScalarType.Float).contiguous());
  }
}
