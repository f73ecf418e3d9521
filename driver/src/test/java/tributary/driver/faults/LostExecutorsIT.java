package tributary.driver.faults;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tributary.datasets.testing.FashionMnist;
import tributary.datasets.testing.Folders;
import tributary.driver.cluster.Installation;
import tributary.driver.cluster.Outcome;
import tributary.driver.cluster.Signals;
import tributary.driver.cluster.StandaloneCluster;
import tributary.driver.cluster.Tributary;

/** Executors that are killed, asked to go, or hang, under a driver that runs on. */
@Tag("faults")
@Timeout(300)
@ExtendWith(FashionMnist.class)
class LostExecutorsIT {
  private static final int ROUNDS = 8;

  @RegisterExtension static final SmallRun UNDISTURBED = new SmallRun();
  @RegisterExtension static final StandaloneCluster CLUSTER = StandaloneCluster.ofWorkers(2);

  @TempDir Path folder;

  @BeforeEach
  void executorsOfTheLastTestAreGone() {
    CLUSTER.awaitNoExecutors(SmallRun.DEADLINE);
  }

  @ParameterizedTest
  @ValueSource(strings = {"KILL", "TERM", "STOP"})
  void aRunGoesOnToTheSameBitsWithoutTheExecutorItLost(String signal) throws Exception {
    try (Tributary.Running running = start(CLUSTER, "run-" + signal)) {
      running.awaitErrors("round 1 ", SmallRun.DEADLINE);
      long lost = CLUSTER.awaitExecutors(2, SmallRun.DEADLINE).get(0);
      signal(signal, lost);
      Outcome outcome = running.await(SmallRun.DEADLINE);

      SmallRun.requireSame(outcome);
      assertThat(outcome.errors()).contains("Lost executor");
    }
  }

  @Test
  void aRunGoesOnToTheSameBitsWithoutTheExecutorThatCrashedInNativeCode() throws Exception {
    try (Tributary.Running running = start(CLUSTER, "run")) {
      running.awaitErrors("round 1 ", SmallRun.DEADLINE);
      signal("SEGV", CLUSTER.awaitExecutors(2, SmallRun.DEADLINE).get(0));
      Outcome outcome = running.await(SmallRun.DEADLINE);

      SmallRun.requireSame(outcome);
      assertThat(outcome.errors()).contains("Command exited with code 134");
    }
    for (Path place : List.of(folder.resolve("run"), Installation.root())) {
      assertThat(Folders.names(place)).noneMatch(name -> name.matches("hs_err.*|core.*"));
    }
  }

  @Test
  void aRunGoesOnToTheSameBitsWithoutTheExecutorThatWasDecommissioned() throws Exception {
    String log = SchedulerLog.in(folder).toString();
    try (Tributary.Running running =
        CLUSTER
            .launcher()
            .withEnvironment("LOG4J_CONFIGURATION_FILE", log)
            .start(
                SmallRun.train(
                    folder.resolve("run"),
                    "--spark=spark.decommission.enabled=true",
                    "--spark=spark.storage.decommission.enabled=true",
                    "--spark=spark.storage.decommission.shuffleBlocks.enabled=true",
                    "--spark=spark.storage.decommission.rddBlocks.enabled=true"))) {
      running.awaitErrors("round 1 ", SmallRun.DEADLINE);
      signal("PWR", CLUSTER.awaitExecutors(2, SmallRun.DEADLINE).get(0));
      Outcome outcome = running.await(SmallRun.DEADLINE);

      SmallRun.requireSame(outcome);
      assertThat(outcome.errors())
          .containsPattern("Decommission executors: \\d")
          .containsPattern("Executor \\d+ on 127\\.0\\.0\\.1 is decommissioned after");
    }
  }

  @Test
  void aRunThatLosesAnExecutorInEveryRoundComesToTheSameBits() throws Exception {
    int kills = 0;
    try (Tributary.Running running =
        start(CLUSTER, "run", "--spark", "spark.task.maxFailures=20")) {
      for (int round = 1; round < ROUNDS; round++) {
        running.awaitErrors("round " + round + " ", SmallRun.DEADLINE);
        for (long pid : CLUSTER.executorPids().stream().limit(1).toList()) {
          signal("KILL", pid);
          kills++;
        }
      }
      SmallRun.requireSame(running.await(SmallRun.DEADLINE));
    }
    assertThat(kills).isGreaterThanOrEqualTo(ROUNDS - 2);
  }

  @Test
  void aRunGoesOnToTheSameBitsOnMoreAndOnFewerExecutors() throws Exception {
    Path run = SmallRun.copy(folder.resolve("run"));
    List<String> names = SmallRun.checkpoints(run);
    names.stream()
        .skip(1)
        .forEach(name -> Folders.delete(run.resolve("checkpoints").resolve(name)));
    Path same = folder.resolve("same");
    Folders.copy(run, same);

    SmallRun.requireSame(CLUSTER.submit(SmallRun.DEADLINE, SmallRun.resume(run)));
    SmallRun.requireSame(
        Tributary.local()
            .withOptions(List.of("--master", "local[1]", "--driver-memory", "2g"))
            .submit(SmallRun.DEADLINE, SmallRun.resume(same)));
  }

  @Test
  void withoutAnyExecutorTheRunEndsAfterTheTimeoutAndGoesOnWhenThereIsOne() throws Exception {
    Path run = folder.resolve("run");
    try (StandaloneCluster cluster = StandaloneCluster.ofWorkers(2).start()) {
      try (Tributary.Running running =
          cluster.launcher().start(SmallRun.train(run, "--set=run.cluster-timeout-seconds=20"))) {
        running.awaitErrors("round 2 ", SmallRun.DEADLINE);
        cluster.killWorker(0);
        cluster.killWorker(1);
        Outcome outcome = running.await(SmallRun.DEADLINE);
        assertThat(outcome.exitCode()).as("%s", outcome).isEqualTo(6);
        assertThat(outcome.errors())
            .containsPattern(
                "error: Round \\d+: Job \\d+ cancelled because the cluster has had no executor for 20 s"
                    + " \\(run.cluster-timeout-seconds\\); .*--resume");
      }
      cluster.startWorker();
      SmallRun.requireSame(cluster.submit(SmallRun.DEADLINE, SmallRun.resume(run)));
    }
  }

  private Tributary.Running start(StandaloneCluster cluster, String run, String... more) {
    Stream<String> quickToNotice =
        Stream.of(
                "spark.network.timeout=8s",
                "spark.network.timeoutInterval=2s",
                "spark.executor.heartbeatInterval=1s")
            .flatMap(setting -> Stream.of("--spark", setting));
    return cluster
        .launcher()
        .start(
            SmallRun.train(
                folder.resolve(run),
                Stream.concat(quickToNotice, Stream.of(more)).toArray(String[]::new)));
  }

  private static void signal(String name, long pid) {
    assertThat(Signals.send(name, pid)).isTrue();
  }
}
