package tributary.driver.faults;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import tributary.datasets.testing.FashionMnist;
import tributary.driver.cluster.Outcome;
import tributary.driver.cluster.Tributary;

/**
 * A run whose replicas are all too slow for their rounds, which would else take the whole epoch.
 */
@Tag("faults")
@ExtendWith(FashionMnist.class)
class DeadlineIT {
  private static final Duration DEADLINE = Duration.ofMinutes(4);
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir Path folder;

  @Test
  void closesItsRoundsAndUsesEveryExampleOnceEvenIfItIsResumedWithExamplesLeftOver()
      throws IOException {
    Path run = folder.resolve("run");
    Outcome outcome =
        Tributary.run(
            DEADLINE,
            "train",
            "--json",
            "--data=" + FashionMnist.shards(2000, 64, 600),
            "--run=" + run,
            "--set=engine.type=nd4j",
            "--set=training.local-steps=1000000",
            "--set=training.minibatch-size=1",
            "--set=training.outer-step=slowmo",
            "--set=training.round-deadline-seconds=1",
            "--set=checkpoint.every-rounds=1",
            "--set=checkpoint.keep=1000");

    assertThat(SmallRun.json(outcome).path("examples").asInt()).isEqualTo(2000);
    assertThat(SmallRun.json(outcome).path("rounds").asInt()).isGreaterThan(2);
    assertThat(outcome.errors())
        .containsOnlyOnce("training.round-deadline-seconds: 1: how many steps a replica takes");
    requireLedgerFits(run);

    Path middle = run.resolve("checkpoints").resolve(SmallRun.checkpoints(run).get(1));
    JsonNode position = JSON.readTree(middle.resolve("position.json").toFile());
    assertThat(position.path("left-over")).isNotEmpty();
    assertThat(position.path("offset").asInt()).isEqualTo(2000);
    Outcome resumed = Tributary.run(DEADLINE, SmallRun.resume(middle));
    assertThat(SmallRun.json(resumed).path("examples").asInt()).isBetween(1, 1998);
    requireLedgerFits(run);
  }

  private static void requireLedgerFits(Path run) {
    Outcome inspected = Tributary.run(DEADLINE, "inspect", "--run=" + run);
    assertThat(inspected.orFail().output()).contains("ledger: every example once an epoch");
  }
}
