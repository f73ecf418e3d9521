package tributary.worker.engine.torch;

import static tributary.worker.engine.torch.UpdateParity.assertAgree;
import static tributary.worker.engine.torch.UpdateParity.batchNormalization;
import static tributary.worker.engine.torch.UpdateParity.dense;
import static tributary.worker.engine.torch.UpdateParity.network;
import static tributary.worker.engine.torch.UpdateParity.ofVectors;

import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.learning.config.AMSGrad;
import org.nd4j.linalg.learning.config.AdaDelta;
import org.nd4j.linalg.learning.config.AdaGrad;
import org.nd4j.linalg.learning.config.AdaMax;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.config.Nadam;
import org.nd4j.linalg.learning.config.Nesterovs;
import org.nd4j.linalg.learning.config.NoOp;
import org.nd4j.linalg.learning.config.RmsProp;
import org.nd4j.linalg.learning.config.Sgd;
import org.nd4j.linalg.schedule.ExponentialSchedule;
import org.nd4j.linalg.schedule.ISchedule;
import org.nd4j.linalg.schedule.MapSchedule;
import org.nd4j.linalg.schedule.ScheduleType;
import org.nd4j.linalg.schedule.StepSchedule;

class TorchUpdatersTest {
  private static final ISchedule BY_STEP =
      new ExponentialSchedule(ScheduleType.ITERATION, 0.1, 0.7);

  private static final ISchedule BY_EPOCH = new StepSchedule(ScheduleType.EPOCH, 0.05, 0.2, 2);

  private static final ISchedule MOMENTUM =
      new MapSchedule(ScheduleType.EPOCH, Map.of(0, 0.5, 2, 0.9));

  @ParameterizedTest
  @MethodSource("updaters")
  void updatesAsDl4jDoes(IUpdater updater) {
    assertAgree(
        ofVectors(
            network().updater(updater), dense(6).build(), dense(6).build(), batchNormalization()));
  }

  static Stream<IUpdater> updaters() {
    return Stream.of(
        new NoOp(),
        new Sgd(0.1),
        new Sgd(BY_EPOCH),
        new Nesterovs(0.05, 0.9),
        new Nesterovs(BY_STEP, MOMENTUM),
        new Adam(1e-2),
        new Adam(1e-2, 0.8, 0.9999, 1e-3),
        new Adam(BY_STEP),
        new AdaMax(1e-2),
        new AdaMax(1e-2, 0.8, 0.9, 1e-3),
        new AdaMax(BY_EPOCH),
        new AMSGrad(1e-2),
        new AMSGrad(1e-2, 0.8, 0.5, 1e-3),
        new AMSGrad(BY_STEP),
        new Nadam(1e-2),
        new Nadam(1e-2, 0.8, 0.9, 1e-3),
        new Nadam(BY_STEP),
        new RmsProp(1e-2),
        new RmsProp(1e-2, 0.8, 1e-3),
        new RmsProp(BY_EPOCH),
        new AdaGrad(0.1),
        new AdaGrad(0.1, 1e-2),
        new AdaDelta(),
        new AdaDelta(0.8, 1e-3));
  }

  @Test
  void correctsAveragesLateInTrainingAsDl4jDoes() {
    for (IUpdater updater : List.of(new Adam(1e-2), new Nadam(1e-2), new AMSGrad(1e-2))) {
      assertAgree(ofVectors(network().updater(updater), dense(6).build()), 1000);
    }
  }

  @Test
  void keepsTheUpdatersOfLayersAndBiasesApart() {
    assertAgree(
        ofVectors(
            network().updater(new Adam(1e-2)).biasUpdater(new Nesterovs(0.05, 0.8)),
            dense(6).build(),
            dense(7).updater(new AdaGrad(0.1)).build(),
            dense(3).updater(new AdaGrad(0.1)).build(),
            dense(4).biasUpdater(new RmsProp(0.01)).build(),
            dense(5).updater(new NoOp()).build()));
  }
}
