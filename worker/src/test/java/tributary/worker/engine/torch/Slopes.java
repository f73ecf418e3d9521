package tributary.worker.engine.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.PointerScope;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.MultiDataSet;
import tributary.worker.engine.StepKey;
import tributary.worker.model.ModelConfiguration;

/**
 * Where DL4J's gradient is not that of its own score, the score decides: this engine must agree on
 * activations and loss, and its gradient with the finite differences of DL4J's score.
 */
@SuppressWarnings("try") // scopes are held, not used
final class Slopes {
  private static final double TOLERANCE = 1e-4;
  private static final int SAMPLES = 12;

  private Slopes() {}

  static void assertAgree(ComputationGraphConfiguration graph, MultiDataSet minibatch) {
    ModelConfiguration model = ModelConfiguration.of(graph);
    TorchRuntime.load();
    try (Dl4j dl4j = Dl4j.of(model);
        TorchNetwork torch = TorchCompiler.compile(model, Parity.DEVICE)) {
      torch.load(dl4j.state());
      assertOutputsAgree(dl4j, torch, minibatch);
      float[] gradient = Parity.gradient(torch, minibatch);
      int[] some = some(gradient.length);
      assertClose(chosen(gradient, some), Dl4j.slopes(model, minibatch, some), "gradient");
      assertClose(loss(torch, minibatch), new double[] {dl4j.score(minibatch)}, "loss");
    }
  }

  /** The outputs in evaluation mode; DL4J runs outside of our scopes, which would free its own. */
  static void assertOutputsAgree(Dl4j dl4j, TorchNetwork torch, MultiDataSet minibatch) {
    INDArray[] expected = dl4j.activations(minibatch);
    try (PointerScope scope = new PointerScope()) {
      List<Masked> found = torch.activations(Parity.batch(minibatch).features());
      for (int i = 0; i < expected.length; i++) {
        assertClose(
            Parity.floats(found.get(i).values()),
            doubles(Parity.floats(expected[i])),
            "output " + i);
      }
    }
  }

  private static float[] loss(TorchNetwork torch, MultiDataSet minibatch) {
    try (PointerScope scope = new PointerScope()) {
      return new float[] {(float) torch.step(Parity.batch(minibatch), new StepKey(0, 0, 1)).loss()};
    }
  }

  /** Parameters from first to last: each takes two passes through DL4J. */
  private static int[] some(int count) {
    int wanted = Math.min(count, SAMPLES);
    return IntStream.range(0, wanted).map(i -> i * (count - 1) / (wanted - 1)).toArray();
  }

  private static float[] chosen(float[] values, int... indices) {
    float[] chosen = new float[indices.length];
    for (int i = 0; i < indices.length; i++) {
      chosen[i] = values[indices[i]];
    }
    return chosen;
  }

  private static void assertClose(float[] found, double[] expected, String what) {
    double largest = Arrays.stream(expected).map(Math::abs).max().orElse(0);
    assertThat(largest).as(what).isPositive();
    assertThat(doubles(found)).as(what).containsExactly(expected, within(TOLERANCE * largest));
  }

  private static double[] doubles(float[] values) {
    return IntStream.range(0, values.length).mapToDouble(i -> values[i]).toArray();
  }
}
