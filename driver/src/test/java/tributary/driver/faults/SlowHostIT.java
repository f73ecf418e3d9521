package tributary.driver.faults;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import tributary.datasets.testing.FashionMnist;
import tributary.driver.cluster.Outcome;
import tributary.driver.cluster.StandaloneCluster;
import tributary.driver.cluster.Throttle;
import tributary.driver.cluster.Tributary;

/** Two hosts, one of which becomes ten times slower under a run. */
@Tag("faults")
@Timeout(300)
@ExtendWith(FashionMnist.class)
class SlowHostIT {
  private static final String SLOW = "127.0.0.2";
  private static final int TIMES = 10;
  private static final ObjectMapper JSON = new ObjectMapper();

  @RegisterExtension static final SmallRun UNDISTURBED = new SmallRun();

  @RegisterExtension
  static final StandaloneCluster CLUSTER = StandaloneCluster.onHosts("127.0.0.1", SLOW);

  @TempDir Path folder;

  @Test
  void speculativeTwinsOfItsTasksFinishFirstAndCountOnce() throws Exception {
    Outcome outcome =
        slowedAfterTheFirstRound(
            "spark.speculation=true",
            "spark.speculation.interval=50ms",
            "spark.speculation.quantile=0.5",
            "spark.speculation.multiplier=1.5",
            "spark.speculation.minTaskRuntime=50ms");

    SmallRun.requireSame(outcome);
    assertThat(outcome.errors())
        .containsPattern("Marking task \\d+ in stage \\S+ \\(on 127\\.0\\.0\\.2\\) as speculatable")
        .containsPattern(
            "Killing attempt 0 for task \\S+ in stage \\S+ \\(TID \\d+\\) on 127\\.0\\.0\\.2 as the"
                + " attempt 1 succeeded on 127\\.0\\.0\\.1");
  }

  @Test
  void isNamedWithItsReplicaInTheLogAndInTheMetrics() throws Exception {
    Outcome outcome = slowedAfterTheFirstRound();

    SmallRun.requireSame(outcome);
    assertThat(outcome.errors())
        .containsPattern(
            "Replica \\d on host 127\\.0\\.0\\.2 is a straggler: its steps took \\d+\\.\\d times");
    List<JsonNode> slow = new ArrayList<>();
    for (String line : Files.readAllLines(folder.resolve("run").resolve("metrics.jsonl"))) {
      JsonNode slowest = JSON.readTree(line).path("slowest");
      if (slowest.path("times-the-median").asDouble() > 2
          && slowest.path("host").asText().equals(SLOW)) {
        slow.add(slowest);
      }
    }
    assertThat(slow).hasSizeGreaterThanOrEqualTo(3).allMatch(line -> line.has("replica"));
  }

  private Outcome slowedAfterTheFirstRound(String... settings) throws Exception {
    String[] more =
        Stream.of(settings)
            .flatMap(setting -> Stream.of("--spark", setting))
            .toArray(String[]::new);
    Tributary launcher =
        CLUSTER
            .launcher()
            .withEnvironment("LOG4J_CONFIGURATION_FILE", SchedulerLog.in(folder).toString());
    try (Tributary.Running running = launcher.start(SmallRun.train(folder.resolve("run"), more))) {
      running.awaitErrors("round 1 ", SmallRun.DEADLINE);
      try (Throttle throttle = Throttle.on(CLUSTER.awaitExecutorOf(1, SmallRun.DEADLINE), TIMES)) {
        assertThat(throttle.lasts()).isTrue();
        Outcome outcome = running.await(SmallRun.DEADLINE);
        assertThat(outcome.exitCode()).as("%s%n%s", outcome, CLUSTER.logs()).isZero();
        return outcome;
      }
    }
  }
}
