package tributary.worker.engine.torch;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.function.IntToDoubleFunction;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.PointerScope;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.nd4j.linalg.dataset.MultiDataSet;
import tributary.worker.engine.StepKey;
import tributary.worker.model.ModelConfiguration;
import tributary.worker.model.ModelState;
import tributary.worker.model.Network;
import tributary.worker.model.ParameterLayout;

/** Finite differences decide what a gradient should be where DL4J can't tell. */
@SuppressWarnings("try") // scopes are held, not used
final class ScoreSlopes {
  private static final int MOST = 150;
  private static final StepKey KEY = new StepKey(0, 0, 1);

  /** What is moved, not trained: its gradient is no slope. */
  private static final String STATISTICS = ".*_(mean|var|log10stdev|cL)";

  private ScoreSlopes() {}

  /** Checks this engine's gradient against slopes of DL4J's score, where DL4J's own is wrong. */
  static void assertFollowed(MultiLayerConfiguration stack, MultiDataSet minibatch) {
    assertFollowed(stack, minibatch, ".*");
  }

  /**
   * Checks only the slopes by some parameters.
   *
   * @param names of those that are trained, a regular expression
   */
  static void assertFollowed(MultiLayerConfiguration stack, MultiDataSet minibatch, String names) {
    ModelConfiguration model = ModelConfiguration.of(stack);
    float[] found = gradient(model, minibatch);
    ParameterLayout layout = Network.layoutOf(model);
    int[] indices = indices(layout, names);
    double[] expected = Dl4j.slopes(model, minibatch, indices);
    assertClose(layout, indices, i -> found[indices[i]], expected, 1e-4);
  }

  /** Checks this engine's gradient against slopes of its own loss under the same noise. */
  static void assertFollowedInNoise(MultiLayerConfiguration stack, MultiDataSet minibatch) {
    ModelConfiguration model = ModelConfiguration.of(stack);
    float[] found = gradient(model, minibatch);
    ParameterLayout layout = Network.layoutOf(model);
    int[] indices = indices(layout, ".*");
    ModelState state = Network.initialState(model);
    try (TorchNetwork torch = TorchCompiler.compile(model, Parity.DEVICE)) {
      double[] expected =
          Arrays.stream(indices).mapToDouble(i -> slope(torch, state, i, minibatch)).toArray();
      assertClose(layout, indices, i -> found[indices[i]], expected, 5e-3); // of 32 bits
    }
  }

  private static float[] gradient(ModelConfiguration model, MultiDataSet minibatch) {
    TorchRuntime.load();
    try (TorchNetwork torch = TorchCompiler.compile(model, Parity.DEVICE)) {
      torch.load(Network.initialState(model));
      return Parity.gradient(torch, minibatch);
    }
  }

  private static double slope(
      TorchNetwork torch, ModelState state, int index, MultiDataSet minibatch) {
    float step = 1e-2f;
    return (loss(torch, state, index, step, minibatch)
            - loss(torch, state, index, -step, minibatch))
        / (2 * step);
  }

  private static double loss(
      TorchNetwork torch, ModelState state, int index, float step, MultiDataSet minibatch) {
    float[] parameters = state.parameters().clone();
    parameters[index] += step;
    torch.load(new ModelState(parameters, state.optimizer()));
    try (PointerScope scope = new PointerScope();
        Pass pass =
            Pass.training(
                minibatch.getFeatures(0).size(0), KEY, Parity.DEVICE, Integer.MAX_VALUE)) {
      return torch.loss(Parity.batch(minibatch), pass).item_float();
    }
  }

  /** All parameters, or evenly chosen ones. */
  private static int[] indices(ParameterLayout layout, String names) {
    long count = layout.parameterCount();
    return IntStream.range(0, (int) count)
        .filter(i -> i % (1 + count / MOST) == 0)
        .filter(i -> layout.at(i).name().matches(names))
        .filter(i -> !layout.at(i).name().matches(STATISTICS))
        .toArray();
  }

  /** Relative to the largest slope. */
  private static void assertClose(
      ParameterLayout layout,
      int[] indices,
      IntToDoubleFunction found,
      double[] expected,
      double tolerance) {
    double largest = Arrays.stream(expected).map(Math::abs).max().orElse(0);
    assertThat(largest).isPositive();
    for (int i = 0; i < expected.length; i++) {
      double value = found.applyAsDouble(i);
      assertThat(Math.abs(value - expected[i]) / largest)
          .as(
              "slope by value %d, of %s: %s, expected %s",
              indices[i], layout.at(indices[i]).name(), value, expected[i])
          .isLessThan(tolerance);
    }
  }
}
