package tributary.driver.faults;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import tributary.datasets.testing.FashionMnist;
import tributary.driver.cluster.Outcome;
import tributary.driver.cluster.StandaloneCluster;

/** A round on a real executor that takes longer than it may. */
@Tag("faults")
@ExtendWith(FashionMnist.class)
class LateRoundIT {
  @RegisterExtension static final StandaloneCluster CLUSTER = StandaloneCluster.ofWorkers(1);

  @TempDir Path folder;

  @Test
  void isGivenUpNamingReplicaHostStepShardExamplesAndKeysAsTheExecutorToldThem() {
    Path run = folder.resolve("run");
    Outcome outcome =
        CLUSTER.submit(
            Duration.ofMinutes(4),
            "train",
            "--data=" + FashionMnist.shards(30_000, 64, 10_000),
            "--run=" + run,
            "--set=engine.type=nd4j",
            "--set=training.replicas=1",
            "--set=training.local-steps=1000000",
            "--set=training.minibatch-size=1",
            "--set=training.round-timeout-minutes=1");

    assertThat(outcome.exitCode()).as("%s", outcome).isEqualTo(6);
    assertThat(outcome.output()).isEmpty();
    assertThat(outcome.errors())
        .contains("error: Round 0: did not end within 60 s (training.round-timeout-minutes)")
        // Spark prints traces of its own when it ends in the midst of its messages.
        .doesNotContain("\tat tributary.")
        .containsPattern(
            "unfinished: replica 0 on 127\\.0\\.0\\.1 at step \\d{2,} of 30000, shard"
                + " train-\\d{5} examples \\d+ \\(\\d+\\)\\R");
    assertThat(SmallRun.checkpoints(run)).containsExactly("step-0000000000");
  }
}
