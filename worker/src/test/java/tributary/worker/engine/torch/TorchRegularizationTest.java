package tributary.worker.engine.torch;

import static tributary.worker.engine.torch.UpdateParity.assertAgree;
import static tributary.worker.engine.torch.UpdateParity.dense;
import static tributary.worker.engine.torch.UpdateParity.network;
import static tributary.worker.engine.torch.UpdateParity.ofVectors;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.learning.config.AdaDelta;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.config.Nesterovs;
import org.nd4j.linalg.learning.regularization.L1Regularization;
import org.nd4j.linalg.learning.regularization.L2Regularization;
import org.nd4j.linalg.learning.regularization.Regularization;
import org.nd4j.linalg.learning.regularization.WeightDecay;
import org.nd4j.linalg.schedule.ExponentialSchedule;
import org.nd4j.linalg.schedule.ISchedule;
import org.nd4j.linalg.schedule.ScheduleType;
import org.nd4j.linalg.schedule.StepSchedule;

class TorchRegularizationTest {
  private static final ISchedule BY_STEP =
      new ExponentialSchedule(ScheduleType.ITERATION, 0.1, 0.7);

  private static final ISchedule BY_EPOCH = new StepSchedule(ScheduleType.EPOCH, 0.05, 0.2, 2);

  @ParameterizedTest
  @MethodSource("penalties")
  void penalizesWeightsAsDl4jDoes(Regularization penalty) {
    for (IUpdater updater : List.of(new Adam(BY_STEP), new Nesterovs(BY_EPOCH), new AdaDelta())) {
      assertAgree(
          ofVectors(
              network().updater(updater),
              dense(6).build(),
              dense(7).regularization(List.of(penalty)).build()));
    }
  }

  @ParameterizedTest
  @MethodSource("penalties")
  void penalizesBiasesAsDl4jDoes(Regularization penalty) {
    assertAgree(
        ofVectors(
            network().updater(new Adam(1e-2)),
            dense(6).build(),
            dense(7).biasInit(0.5).regularizationBias(List.of(penalty)).build()));
  }

  static Stream<Regularization> penalties() {
    return Stream.of(
        new L1Regularization(0.02),
        new L1Regularization(BY_STEP),
        new L2Regularization(0.05),
        new L2Regularization(BY_EPOCH),
        new WeightDecay(0.3, true),
        new WeightDecay(0.02, false),
        new WeightDecay(BY_STEP, true),
        new WeightDecay(BY_EPOCH, false));
  }

  @Test
  void addsUpThePenaltiesOfOneTensor() {
    List<Regularization> penalties =
        List.of(
            new WeightDecay(0.2, false),
            new L2Regularization(0.05),
            new WeightDecay(0.3, true),
            new L1Regularization(0.02));
    assertAgree(
        ofVectors(network().updater(new Adam(0.1)), dense(7).regularization(penalties).build()));
  }

  @Test
  void penalizesTheWholeNetworkAsDl4jDoes() {
    assertAgree(
        ofVectors(
            network().updater(new Adam(1e-2)).l1(0.01).l2(0.02).l1Bias(0.03).l2Bias(0.04),
            dense(6).build(),
            dense(7).weightDecay(0.1).build()));
  }
}
