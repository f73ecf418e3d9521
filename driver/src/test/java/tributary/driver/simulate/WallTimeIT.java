package tributary.driver.simulate;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.time.Duration;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tributary.driver.cluster.Tributary;
import tributary.driver.round.RoundCost;
import tributary.worker.train.RoundSettings;

/**
 * Predicted rounds beside those of real executors. They share this machine's cores, so their work
 * is waiting; what the exchange computes takes as much longer as there are executors to a core.
 */
@Tag("bench")
@Timeout(600)
class WallTimeIT {
  private static final int PARAMETERS = 5_000_000;
  private static final int LOCAL_STEPS = 10;
  private static final double WORK_SECONDS = 2;

  /** A loopback device copies at memory's speed. */
  private static final Link LOOPBACK = Link.of("10Gbit", 0.0001);

  @Test
  void comeWithinATenthOfRoundsOfOneTwoAndFourExecutors() throws Exception {
    double alone = seconds(1);
    RoundCost cost = new RoundCost(alone - WORK_SECONDS, WORK_SECONDS / LOCAL_STEPS);
    WallTime wallTime = new WallTime(cost, 0.001, LOOPBACK, Vectors.of(PARAMETERS), Vectors.NONE);
    for (int executors = 1; executors <= 4; executors *= 2) {
      RoundSettings oneRound =
          new RoundSettings(executors, LOCAL_STEPS, 1, 1, (long) executors * LOCAL_STEPS, 1);
      Prediction predicted = wallTime.epoch(oneRound);
      double measured = executors == 1 ? alone : seconds(executors);
      System.out.println(
          executors + " executors: predicted " + predicted.seconds() + " s, measured " + measured);
      assertThat(predicted.rounds()).isEqualTo(1);
      assertThat(measured)
          .isCloseTo(
              predicted.seconds() + cost.overheadSeconds() * waiting(executors),
              Percentage.withPercentage(10));
    }
  }

  /** How much longer what executors compute takes because they share cores, but for 1. */
  private static double waiting(int executors) {
    return Math.max(0, (double) executors / Runtime.getRuntime().availableProcessors() - 1);
  }

  /** A round's median. */
  private static double seconds(int executors) throws IOException {
    JsonNode report =
        new ObjectMapper()
            .readTree(
                Tributary.run(
                        Duration.ofMinutes(3),
                        "bench",
                        "round",
                        "--json",
                        "--parameters=" + PARAMETERS,
                        "--replicas=" + executors,
                        "--executors=" + executors,
                        "--executor-megabytes=1024",
                        "--work-seconds=" + WORK_SECONDS,
                        "--warm-up=10",
                        "--rounds=7")
                    .orFail()
                    .lastLine());
    return report.path("round-seconds").path("median").asDouble();
  }
}
