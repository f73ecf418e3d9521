package tributary.worker.engine.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.deeplearning4j.nn.conf.RNNFormat;
import org.deeplearning4j.nn.conf.layers.RnnLossLayer;
import org.deeplearning4j.nn.conf.layers.recurrent.SimpleRnn;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.dataset.MultiDataSet;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;
import tributary.worker.engine.torch.RecurrentNets.Padding;
import tributary.worker.model.ModelConfiguration;
import tributary.worker.model.ModelState;

/** DL4J has layer normalisation in recurrent layers, but trips over its own gains. */
@SuppressWarnings("try") // scopes are held, not used
class SimpleRnnsTest {
  private static final int UNITS = 4;

  private final ModelConfiguration model =
      ModelConfiguration.of(
          RecurrentNets.stack(
              RNNFormat.NCW,
              new SimpleRnn.Builder().nOut(UNITS).hasLayerNorm(true).build(),
              new RnnLossLayer.Builder(LossFunction.MCXENT)
                  .activation(Activation.IDENTITY)
                  .build()));
  private final MultiDataSet data =
      RecurrentNets.classPerStep(RNNFormat.NCW, Padding.NOWHERE, Padding.NOWHERE).apply(0);

  @Test
  void normalisesTheSumsOfInputAndStateEachByItself() {
    float[] parameters =
        Parity.floats(Data.values(9, 1, RecurrentNets.FEATURES * UNITS + UNITS * UNITS + 12));
    try (PointerScope scope = new PointerScope();
        TorchNetwork torch = TorchCompiler.compile(model, Parity.DEVICE)) {
      torch.load(new ModelState(parameters, new float[0]));
      Tensor found = torch.activations(Parity.batch(data).features()).get(0).values();
      double[] state = new double[UNITS];
      for (int step = 0; step < RecurrentNets.STEPS; step++) {
        state = next(parameters, step, state);
        for (int unit = 0; unit < UNITS; unit++) {
          assertThat((double) found.select(0, 0).select(0, unit).select(0, step).item_float())
              .isCloseTo(state[unit], within(1e-5));
        }
      }
    }
  }

  /** Parameters: input weights, recurrent weights, biases, gains; weights a column per unit. */
  private double[] next(float[] parameters, int step, double[] state) {
    double[] input = new double[RecurrentNets.FEATURES];
    Arrays.setAll(input, i -> data.getFeatures(0).getDouble(0, i, step));
    int recurrent = RecurrentNets.FEATURES * UNITS;
    int biases = recurrent + UNITS * UNITS;
    int gains = biases + UNITS;
    double[] ofInput = standardised(product(input, parameters, 0));
    double[] ofState = standardised(product(state, parameters, recurrent));
    double[] next = new double[UNITS];
    Arrays.setAll(
        next,
        i ->
            Math.tanh(
                ofInput[i] * parameters[gains + i]
                    + parameters[biases + i]
                    + ofState[i] * parameters[gains + UNITS + i]));
    return next;
  }

  private static double[] product(double[] row, float[] parameters, int from) {
    double[] sums = new double[UNITS];
    for (int unit = 0; unit < UNITS; unit++) {
      for (int i = 0; i < row.length; i++) {
        sums[unit] += row[i] * parameters[from + unit * row.length + i];
      }
    }
    return sums;
  }

  private static double[] standardised(double[] x) {
    double mean = Arrays.stream(x).average().orElseThrow();
    double deviation =
        Math.sqrt(Arrays.stream(x).map(v -> (v - mean) * (v - mean)).average().orElseThrow());
    return Arrays.stream(x).map(v -> deviation == 0 ? 0 : (v - mean) / deviation).toArray();
  }
}
