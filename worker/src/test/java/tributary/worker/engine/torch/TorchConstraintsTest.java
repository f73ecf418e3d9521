package tributary.worker.engine.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static tributary.worker.engine.torch.UpdateParity.assertAgree;
import static tributary.worker.engine.torch.UpdateParity.dense;
import static tributary.worker.engine.torch.UpdateParity.graph;
import static tributary.worker.engine.torch.UpdateParity.lstm;
import static tributary.worker.engine.torch.UpdateParity.network;
import static tributary.worker.engine.torch.UpdateParity.ofImages;
import static tributary.worker.engine.torch.UpdateParity.ofSequences;
import static tributary.worker.engine.torch.UpdateParity.ofVectors;

import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;
import org.deeplearning4j.nn.api.layers.LayerConstraint;
import org.deeplearning4j.nn.conf.constraint.MaxNormConstraint;
import org.deeplearning4j.nn.conf.constraint.MinMaxNormConstraint;
import org.deeplearning4j.nn.conf.constraint.NonNegativeConstraint;
import org.deeplearning4j.nn.conf.constraint.UnitNormConstraint;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.recurrent.Bidirectional;
import org.deeplearning4j.nn.conf.layers.recurrent.LastTimeStep;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.Nesterovs;
import org.nd4j.linalg.learning.config.NoOp;
import tributary.worker.engine.StepKey;

class TorchConstraintsTest {
  @ParameterizedTest
  @MethodSource("constraints")
  void constrainsMatricesAsDl4jDoes(Function<int[], LayerConstraint> constraint) {
    for (int[] dimensions : List.of(of(0), of(1), of(0, 1))) {
      assertAgree(
          ofVectors(
              network().updater(new Nesterovs(0.1)),
              dense(6).build(),
              dense(7).constrainWeights(constraint.apply(dimensions)).build()));
    }
  }

  @ParameterizedTest
  @MethodSource("constraints")
  void constrainsLayersWithinLayersAsDl4jDoes(Function<int[], LayerConstraint> constraint) {
    LayerConstraint own = constraint.apply(of(1));
    assertAgree(
        ofSequences(
            network().updater(new Nesterovs(0.1)),
            new Bidirectional(lstm(3).constrainRecurrent(own).build()),
            new LastTimeStep(lstm(4).constrainInputWeights(own).build())));
  }

  @ParameterizedTest
  @MethodSource("constraints")
  void constrainsKernelsAsDl4jDoes(Function<int[], LayerConstraint> constraint) {
    for (int[] dimensions : List.of(of(1, 2, 3), of(0), of(2, 3))) {
      assertAgree(
          ofImages(
              network().updater(new Nesterovs(0.1)),
              new ConvolutionLayer.Builder(3, 2)
                  .nOut(4)
                  .constrainWeights(constraint.apply(dimensions))
                  .build()));
    }
  }

  @ParameterizedTest
  @MethodSource("constraints")
  void constrainsBiasesAsDl4jDoes(Function<int[], LayerConstraint> constraint) {
    LayerConstraint own = constraint.apply(of(0));
    assertAgree(
        ofVectors(
            network().updater(new Nesterovs(0.1)).biasInit(0.3),
            dense(7).constrainBias(own).build(),
            dense(5).constrainAllParameters(own).build()));
  }

  @ParameterizedTest
  @MethodSource("constraints")
  void constrainsWholeNetworksAsDl4jDoes(Function<int[], LayerConstraint> constraint) {
    assertAgree(
        graph(
            network()
                .updater(new Nesterovs(0.1))
                .biasInit(0.3)
                .constrainWeights(constraint.apply(of(0)))
                .constrainBias(constraint.apply(of(0))),
            dense(6).build()));
  }

  static Stream<Named<Function<int[], LayerConstraint>>> constraints() {
    return Stream.of(
        Named.of("maximum", dimensions -> new MaxNormConstraint(0.8, dimensions)),
        Named.of("limits", dimensions -> new MinMaxNormConstraint(0.7, 0.9, dimensions)),
        Named.of("one", UnitNormConstraint::new),
        Named.of("sign", dimensions -> new NonNegativeConstraint()));
  }

  @Test
  void comeInTheirOrder() {
    assertAgree(
        ofVectors(
            network().updater(new Adam(0.1)),
            dense(7)
                .constrainWeights(new UnitNormConstraint(0), new NonNegativeConstraint())
                .build()));
  }

  /** DL4J's norms grow without limit instead, against its documentation. */
  @Test
  void moveNormsByTheRateTowardsTheirLimits() {
    var layer = dense(7).constrainWeights(new MinMaxNormConstraint(0.9, 1, 0.25, 0)).build();
    var net = ofVectors(network().updater(new NoOp()), layer);
    try (TorchSteps torch = new TorchSteps(net.model())) {
      double[] before = columnNorms(torch.parameters());
      torch.update(new float[torch.parameters().length], new StepKey(0, 0, 1));
      double[] after = columnNorms(torch.parameters());
      for (int i = 0; i < before.length; i++) {
        double limited = Math.max(0.9, Math.min(1, before[i]));
        assertThat(after[i]).isCloseTo(0.75 * before[i] + 0.25 * limited, within(1e-5));
      }
    }
  }

  /** Of the first layer's weights, 5 by 7, which DL4J keeps column by column. */
  private static double[] columnNorms(float[] parameters) {
    double[] norms = new double[7];
    for (int i = 0; i < 35; i++) {
      norms[i / 5] += parameters[i] * (double) parameters[i];
    }
    return Arrays.stream(norms).map(Math::sqrt).toArray();
  }

  private static int[] of(int... dimensions) {
    return dimensions;
  }
}
