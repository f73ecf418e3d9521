package tributary.worker.engine.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.BiConsumer;
import java.util.function.IntFunction;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.MultiDataSet;
import tributary.worker.engine.EngineSettings;
import tributary.worker.engine.EngineSettings.Device;
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

  private enum Precision {
    SINGLE,
    DOUBLE
  }

  /** An engine on the processor, or with {@code -Dtributary.device=cuda} on the first GPU. */
  static final EngineSettings SETTINGS = settings();

  /** What that engine computes on. */
  static final TorchDevice DEVICE = device();

  /** Relative to the largest value: single values near zero carry no weight. */
  private final double tolerance;

  private final ModelConfiguration model;
  private final Precision oracle;
  private final Precision engine;
  private final String what;

  private Parity(ModelConfiguration model, double tolerance, Precision oracle, Precision engine) {
    TorchRuntime.load();
    TorchRuntime.setThreads(1);
    this.model = model;
    this.tolerance = tolerance;
    this.oracle = oracle;
    this.engine = engine;
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
    new Parity(model, tolerance, Precision.SINGLE, Precision.SINGLE).check(minibatches);
  }

  /**
   * Trains both in double precision: whatever rounding there is in single precision, here only
   * another function makes a difference.
   */
  static void assertTrainAlikeInDoubles(
      ModelConfiguration model, IntFunction<MultiDataSet> minibatches) {
    Parity parity = new Parity(model, 1e-6, Precision.DOUBLE, Precision.DOUBLE);
    parity.compare(
        (dl4j, torch) ->
            parity.checkTraining(dl4j, torch, step -> Dl4j.precise(minibatches.apply(step))));
  }

  /**
   * Compares the loss of a step, penalties included, with DL4J's in double precision: in single it
   * loses a hundredth of a penalty over millions of weights.
   */
  static void assertSameLoss(ModelConfiguration model, MultiDataSet minibatch, double tolerance) {
    Parity parity = new Parity(model, tolerance, Precision.DOUBLE, Precision.SINGLE);
    parity.compare(
        (dl4j, torch) ->
            parity.checkLoss(torch, minibatch, 0, dl4j.score(Dl4j.precise(minibatch))));
  }

  /** Compares what both compute from the same state. */
  static void assertSameActivations(ModelConfiguration model, MultiDataSet minibatch) {
    Parity parity = new Parity(model, 1e-4, Precision.SINGLE, Precision.SINGLE);
    parity.compare((dl4j, torch) -> parity.checkActivations(dl4j, torch, minibatch));
  }

  private static EngineSettings settings() {
    Device wish =
        Device.valueOf(System.getProperty("tributary.device", "cpu").toUpperCase(Locale.ROOT));
    return new EngineSettings(
        EngineSettings.Type.TORCH, /* threads= */ 1, EngineSettings.Precision.FP32, wish);
  }

  private static TorchDevice device() {
    TorchRuntime.load();
    return TorchDevice.of(SETTINGS, /* gpu= */ 0);
  }

  /** Both networks, in the same state. */
  private void compare(BiConsumer<Dl4j, TorchNetwork> check) {
    try (Dl4j dl4j = oracle == Precision.DOUBLE ? Dl4j.inDoubles(model) : Dl4j.of(model);
        TorchNetwork torch =
            TorchCompiler.compile(
                model, engine == Precision.DOUBLE ? DEVICE.inDoubles() : DEVICE)) {
      torch.load(dl4j.state());
      check.accept(dl4j, torch);
    }
  }

  private void check(IntFunction<MultiDataSet> minibatches) {
    compare(
        (dl4j, torch) -> {
          checkActivations(dl4j, torch, minibatches.apply(-1));
          checkTraining(dl4j, torch, minibatches);
        });
  }

  private void checkTraining(Dl4j dl4j, TorchNetwork torch, IntFunction<MultiDataSet> minibatches) {
    if (!dl4j.trainsInSegments()) {
      checkGradient(dl4j, torch, minibatches.apply(0));
    }
    train(dl4j, torch, minibatches);
  }

  private void train(Dl4j dl4j, TorchNetwork torch, IntFunction<MultiDataSet> minibatches) {
    for (int step = 0; step < STEPS; step++) {
      MultiDataSet minibatch = minibatches.apply(step);
      checkLoss(torch, minibatch, step, dl4j.step(minibatch, step));
    }
    ModelState found = torch.state();
    ModelState expected = dl4j.state();
    assertClose(found.parameters(), expected.parameters(), "parameters");
    assertClose(found.optimizer(), expected.optimizer(), "optimizer state");
  }

  /** Takes a step. */
  private void checkLoss(TorchNetwork torch, MultiDataSet minibatch, int step, double expected) {
    try (PointerScope scope = new PointerScope()) {
      assertThat(
              torch.step(batch(minibatch, torch.device()), new StepKey(step, 0, 1 + step)).loss())
          .as("loss of step %d%s", step, what)
          .isCloseTo(expected, within(tolerance * Math.max(Math.abs(expected), 1e-3)));
    }
  }

  private void checkActivations(Dl4j dl4j, TorchNetwork torch, MultiDataSet minibatch) {
    INDArray[] expected = dl4j.activations(minibatch);
    try (PointerScope scope = new PointerScope()) {
      List<Masked> found = torch.activations(batch(minibatch, torch.device()).features());
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
      return loss.item_double();
    }
  }

  /** This engine's gradient of the loss, penalties left out; the network is as it was before. */
  static float[] gradient(TorchNetwork torch, MultiDataSet minibatch) {
    ModelState before = torch.state();
    try (PointerScope scope = new PointerScope();
        Pass pass =
            Pass.training(
                minibatch.getLabels(0).size(0), new StepKey(0, 0, 1), torch.device(), 1 << 30)) {
      backward(torch, batch(minibatch, torch.device()), pass);
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
    return batch(minibatch, DEVICE);
  }

  private static TorchBatch batch(MultiDataSet minibatch, TorchDevice device) {
    return new TorchBatch(
        masked(minibatch.getFeatures(), minibatch.getFeaturesMaskArrays(), device),
        masked(minibatch.getLabels(), minibatch.getLabelsMaskArrays(), device));
  }

  private static List<Masked> masked(INDArray[] values, INDArray[] masks, TorchDevice device) {
    List<Masked> all = new ArrayList<>();
    for (int i = 0; i < values.length; i++) {
      boolean hasMask = masks != null && masks[i] != null;
      all.add(new Masked(tensor(values[i], device), hasMask ? tensor(masks[i], device) : null));
    }
    return all;
  }

  static Tensor tensor(INDArray array) {
    return tensor(array, DEVICE);
  }

  private static Tensor tensor(INDArray array, TorchDevice device) {
    return device.floats(floats(array), array.shape());
  }

  static float[] floats(INDArray array) {
    return array.dup('c').data().asFloat();
  }

  static float[] floats(Tensor tensor) {
    return FlatTensors.copyOut(tensor);
  }
}
