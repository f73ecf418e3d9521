package tributary.worker.engine.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static tributary.worker.engine.torch.LossSetting.plain;
import static tributary.worker.engine.torch.OracleArrays.assertClose;
import static tributary.worker.engine.torch.OracleArrays.difference;

import java.util.SplittableRandom;
import java.util.function.Function;
import java.util.stream.Stream;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.lossfunctions.impl.LossBinaryXENT;
import org.nd4j.linalg.lossfunctions.impl.LossFMeasure;
import org.nd4j.linalg.lossfunctions.impl.LossHinge;
import org.nd4j.linalg.lossfunctions.impl.LossKLD;
import org.nd4j.linalg.lossfunctions.impl.LossL1;
import org.nd4j.linalg.lossfunctions.impl.LossL2;
import org.nd4j.linalg.lossfunctions.impl.LossMAE;
import org.nd4j.linalg.lossfunctions.impl.LossMAPE;
import org.nd4j.linalg.lossfunctions.impl.LossMCXENT;
import org.nd4j.linalg.lossfunctions.impl.LossMSE;
import org.nd4j.linalg.lossfunctions.impl.LossMSLE;
import org.nd4j.linalg.lossfunctions.impl.LossPoisson;
import org.nd4j.linalg.lossfunctions.impl.LossSquaredHinge;
import org.nd4j.linalg.lossfunctions.impl.LossWasserstein;
import tributary.datasets.Seeds;
import tributary.worker.engine.torch.LossExample.Labels;
import tributary.worker.engine.torch.LossExample.Mask;
import tributary.worker.engine.torch.LossExample.Result;
import tributary.worker.model.ModelException;
import tributary.worker.model.Nd4jRuntime;

/** Where DL4J's gradient isn't that of its own score, finite differences decide. */
class TorchLossFaultsTest {
  private static final double TOLERANCE = 1e-4;

  @BeforeAll
  static void loadBothLibraries() {
    Nd4jRuntime.load();
    TorchRuntime.load();
  }

  private enum Fault {
    MASK_OF_OUTPUTS_AFTER_SOFTMAX(Mask.OUTPUTS) {
      @Override
      Stream<LossSetting> settings() {
        return Stream.of(
                plain(new LossL1(), Labels.REAL, "SOFTMAX"),
                plain(new LossL2(), Labels.REAL, "SOFTMAX"),
                plain(new LossMAE(), Labels.REAL, "SOFTMAX"),
                plain(new LossMSE(), Labels.REAL, "SOFTMAX"),
                plain(new LossMAPE(), Labels.AWAY_FROM_ZERO, "SOFTMAX"),
                plain(new LossMSLE(), Labels.POSITIVE, "SOFTMAX"),
                plain(new LossKLD(), Labels.DISTRIBUTION, "SOFTMAX"),
                plain(new LossPoisson(), Labels.COUNTS, "SOFTMAX"),
                plain(new LossHinge(), Labels.SIGNS, "SOFTMAX"),
                plain(new LossSquaredHinge(), Labels.SIGNS, "SOFTMAX"),
                plain(new LossWasserstein(), Labels.SIGNS, "SOFTMAX"))
            .flatMap(Function.identity());
      }
    },
    CROSS_ENTROPY_OF_LABELS_THAT_SUM_TO_ANYTHING(Mask.NONE) {
      @Override
      Stream<LossSetting> settings() {
        return plain(new LossMCXENT(), Labels.PROBABILITIES, "SOFTMAX");
      }
    },
    KULLBACK_LEIBLER_OF_ACTIVATIONS_ABOVE_ONE(Mask.NONE) {
      @Override
      Stream<LossSetting> settings() {
        return plain(new LossKLD(), Labels.DISTRIBUTION, "SOFTPLUS");
      }
    },
    BINARY_CROSS_ENTROPY_OF_ACTIVATIONS_BELOW_ZERO_AND_ABOVE_ONE(Mask.NONE) {
      @Override
      Stream<LossSetting> settings() {
        return plain(new LossBinaryXENT(), Labels.BINARY, "IDENTITY", "TANH");
      }
    },
    F_MEASURE_OF_TWO_OUTPUTS_THAT_DO_NOT_SUM_TO_ONE(Mask.NONE) {
      @Override
      Stream<LossSetting> settings() {
        return plain(new LossFMeasure(), Labels.ONE_HOT, "SIGMOID");
      }
    };

    private final Mask mask;

    Fault(Mask mask) {
      this.mask = mask;
    }

    abstract Stream<LossSetting> settings();
  }

  static Stream<Arguments> faults() {
    return Stream.of(Fault.values())
        .flatMap(fault -> fault.settings().map(setting -> Arguments.of(fault, setting)));
  }

  @ParameterizedTest
  @MethodSource("faults")
  void dl4jsGradientIsNotThatOfItsScore(Fault fault, LossSetting setting) {
    SplittableRandom random = Seeds.random(13);
    double worst = 0;
    for (int trial = 0; trial < 5; trial++) {
      LossExample example = setting.example(random, fault.mask, false);
      double[] shown = example.dl4jDifferences();
      Result torch = example.torch(ScalarType.Double);
      assertThat(torch.value()).isCloseTo(example.dl4jScore(DataType.DOUBLE), within(1e-4));
      assertClose(torch.gradient(), shown, TOLERANCE, "gradient");
      worst = Math.max(worst, difference(example.dl4j(DataType.FLOAT).gradient(), shown));
    }
    assertThat(worst).isGreaterThan(0.05);
  }

  @Test
  void refusesBinaryCrossEntropyAfterSoftmaxWhichDl4jScoresAndDifferentiatesDifferently() {
    LossSetting setting = plain(new LossBinaryXENT(), Labels.ONE_HOT, "SOFTMAX").findFirst().get();
    LossExample example = setting.example(Seeds.random(14), Mask.NONE, false);
    assertThat(difference(example.dl4j(DataType.FLOAT).gradient(), example.dl4jDifferences()))
        .isGreaterThan(0.1);
    assertThatThrownBy(() -> example.torch(ScalarType.Float))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("LossBinaryXENT after softmax");
  }

  @Test
  void supportsMasksOfOutputsForCrossEntropyAfterSoftmaxWhichDl4jOnlyScores() {
    LossSetting setting = plain(new LossMCXENT(), Labels.ONE_HOT, "SOFTMAX").findFirst().get();
    LossExample example = setting.example(Seeds.random(15), Mask.OUTPUTS, false);
    Result torch = example.torch(ScalarType.Double);
    assertThat(torch.value()).isCloseTo(example.dl4jScore(DataType.DOUBLE), within(1e-6));
    assertClose(torch.gradient(), example.dl4jDifferences(), TOLERANCE, "gradient");
    assertThatThrownBy(() -> example.dl4j(DataType.FLOAT))
        .isInstanceOf(UnsupportedOperationException.class);
  }
}
