package tributary.driver.faults;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledIf;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import tributary.datasets.testing.FashionMnist;
import tributary.driver.cluster.Outcome;
import tributary.driver.cluster.StandaloneCluster;
import tributary.driver.cluster.Tributary;

/** What may go wrong before the first round. */
@ExtendWith(FashionMnist.class)
class StartIT {
  @TempDir Path folder;

  @Test
  void wrongSettingsAreToldByLineBeforeSparkStarts() throws Exception {
    Path file = folder.resolve("my.yaml");
    Files.writeString(file, "training:\n  local-step: 20\n  replicas: many\n  epochs: 0\n");

    Outcome outcome =
        Tributary.run(
            SmallRun.DEADLINE,
            "train",
            "--conf=" + file,
            "--data=" + FashionMnist.shards(512, 64, 256),
            "--run=" + folder.resolve("run"));

    SmallRun.requireError(
        outcome,
        2,
        file + ":2: unknown key training.local-step; the nearest known key is training.local-steps",
        file + ":3: training.replicas: expected a whole number in 1..65536, found many",
        file + ":4: training.epochs: expected a whole number in 1..1000000, found 0");
    assertThat(outcome.errors()).doesNotContain("Running Spark", "SparkContext");
    assertThat(folder.resolve("run")).doesNotExist();
  }

  @Test
  @DisabledIf(value = "hasGpu", disabledReason = "this machine has a GPU")
  void aGpuThatIsNotThereIsToldBeforeTheRunBegins() throws Exception {
    Outcome outcome =
        Tributary.run(
            SmallRun.DEADLINE, SmallRun.train(folder.resolve("run"), "--set=engine.device=cuda"));

    SmallRun.requireError(
        outcome, 2, "engine.device cuda: no GPU that libtorch can use", "set engine.device: cpu");
    assertThat(folder.resolve("run")).doesNotExist();
  }

  static boolean hasGpu() {
    return Files.exists(Path.of("/dev/nvidiactl"));
  }

  @Test
  @Tag("faults")
  void threeExecutorsThatStartAtOnceOnAnEmptyNativeCacheAllLoad() throws Exception {
    Path cache = folder.resolve("cache");
    try (StandaloneCluster cluster = StandaloneCluster.ofWorkers(3).start()) {
      Outcome outcome =
          cluster.submit(
              SmallRun.DEADLINE,
              SmallRun.train(
                  folder.resolve("run"),
                  "--set=training.replicas=3",
                  "--spark",
                  "spark.executor.extraJavaOptions=-Dorg.bytedeco.javacpp.cachedir=" + cache,
                  "--spark",
                  "spark.scheduler.minRegisteredResourcesRatio=1.0",
                  "--spark",
                  "spark.task.maxFailures=1"));

      assertThat(SmallRun.json(outcome).path("accuracy").asDouble()).isBetween(0.2, 1.0);
      assertThat(outcome.errors()).doesNotContain("Lost executor", "Lost task");
    }
    try (Stream<Path> files = Files.walk(cache)) {
      assertThat(files.filter(path -> path.toString().endsWith(".so"))).isNotEmpty();
    }
  }
}
