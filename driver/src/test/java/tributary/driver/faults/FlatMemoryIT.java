package tributary.driver.faults;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import tributary.datasets.testing.FashionMnist;
import tributary.driver.cluster.ResidentMemory;
import tributary.driver.cluster.StandaloneCluster;
import tributary.driver.cluster.Tributary;

/** Long runs: what native code or Spark forgets to free adds up. */
@Tag("bench")
@Timeout(900)
@ExtendWith(FashionMnist.class)
class FlatMemoryIT {
  private static final Duration DEADLINE = Duration.ofMinutes(12);
  private static final double GROWTH = 0.02;

  /** The heap is resident from the start, so that what grows is beside it. */
  private static final String WHOLE_HEAP = "-Xms1g -XX:+AlwaysPreTouch";

  @RegisterExtension static final StandaloneCluster CLUSTER = StandaloneCluster.ofWorkers(2);

  @TempDir Path folder;

  @Test
  void driverAndExecutorsStayAsLargeAsTheyAreAfterFiftyRounds() throws Exception {
    try (Tributary.Running running =
        CLUSTER
            .launcher()
            .start(
                SmallRun.train(
                    folder.resolve("run"),
                    "--set=training.epochs=39",
                    "--set=evaluation.every-epochs=0",
                    "--spark",
                    "spark.driver.extraJavaOptions=" + WHOLE_HEAP,
                    "--spark",
                    "spark.executor.extraJavaOptions=" + WHOLE_HEAP))) {
      running.awaitErrors("round 50 ", DEADLINE);
      Map<Long, Long> before = resident(running);
      assertThat(before).hasSize(3);
      running.awaitErrors("round 300 ", DEADLINE);
      Map<Long, Long> after = resident(running);

      assertThat(after.keySet()).isEqualTo(before.keySet());
      before.forEach(
          (pid, kilobytes) ->
              assertThat(after.get(pid))
                  .as("kB of process %d, before: %s, after: %s", pid, before, after)
                  .isLessThan((long) (kilobytes * (1 + GROWTH))));
      System.out.println("resident kB after 50 rounds " + before + ", after 300 " + after);
      running.await(DEADLINE).orFail();
    }
  }

  /** Resident memory in kB, by process id. */
  private static Map<Long, Long> resident(Tributary.Running running) throws IOException {
    Map<Long, Long> resident = new LinkedHashMap<>();
    List<Long> pids = new ArrayList<>(CLUSTER.executorPids());
    pids.add(0, running.process().pid());
    for (long pid : pids) {
      resident.put(pid, ResidentMemory.kilobytes(pid).orElseThrow());
    }
    return resident;
  }
}
