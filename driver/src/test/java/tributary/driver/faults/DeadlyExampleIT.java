package tributary.driver.faults;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.time.Duration;
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

/** Examples that no executor survives. */
@Tag("faults")
@Timeout(300)
@ExtendWith(FashionMnist.class)
class DeadlyExampleIT {
  @RegisterExtension static final StandaloneCluster CLUSTER = StandaloneCluster.ofWorkers(2);

  @TempDir Path folder;

  @Test
  void endTheRunAfterAFewExecutorsNamingShardAndExamples() throws Exception {
    String classes = classesOf(DeadlyFileSystem.class).toString();
    Path run = folder.resolve("run");
    Outcome outcome =
        CLUSTER.submit(
            Duration.ofMinutes(4),
            SmallRun.train(
                run,
                Stream.of(
                        "spark.driver.extraClassPath=" + classes,
                        "spark.executor.extraClassPath=" + classes,
                        "spark.hadoop.fs.file.impl=" + DeadlyFileSystem.class.getName(),
                        "spark.hadoop." + DeadlyFileSystem.FILE + "=train-00001.tar")
                    .flatMap(setting -> Stream.of("--spark", setting))
                    .toArray(String[]::new)));

    assertThat(outcome.exitCode()).as("%s", outcome).isEqualTo(3);
    assertThat(outcome.errors())
        .containsPattern(
            "error: Round 0: native code crashed every executor that had replica [01] at step 0 of"
                + " 4, shard train-0000.* examples \\d+.*pack the dataset without .*\\R$")
        .contains("failed 4 times", "Command exited with code 134")
        .doesNotContain("at tributary.");
    assertThat(SmallRun.checkpoints(run)).containsExactly("step-0000000000");
  }

  /** A class path with one class of the tests and those inside it, and nothing else of them. */
  private Path classesOf(Class<?> type) throws IOException {
    Path all = Paths.get(System.getProperty("tributary.root"), "driver/target/test-classes");
    Path from = all.resolve(type.getPackageName().replace('.', '/'));
    Path to = folder.resolve("classes");
    Path in = Files.createDirectories(to.resolve(type.getPackageName().replace('.', '/')));
    try (Stream<Path> files = Files.list(from)) {
      for (Path file : files.filter(file -> isOf(file, type)).toList()) {
        Files.copy(file, in.resolve(file.getFileName()));
      }
    }
    return to;
  }

  private static boolean isOf(Path file, Class<?> type) {
    return file.getFileName().toString().matches(type.getSimpleName() + "(\\$.*)?\\.class");
  }
}
