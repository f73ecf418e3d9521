package tributary.driver.faults;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.learning.config.Sgd;
import tributary.datasets.testing.FashionMnist;
import tributary.driver.cluster.BadLine;
import tributary.driver.cluster.BadLine.Quality;
import tributary.driver.cluster.Deadline;
import tributary.driver.cluster.FarDriver;
import tributary.driver.cluster.Outcome;
import tributary.driver.cluster.Tributary;

/**
 * A line between driver and executors that is slow, loses packets, or is cut. A small network of
 * 7850 parameters: what a line takes long for is then its fault, not the network's size.
 */
@Tag("faults")
@Timeout(400)
@ExtendWith(FashionMnist.class)
class BadLineIT {
  private static final Duration DEADLINE = Duration.ofMinutes(5);
  private static final Duration PARTITION = Duration.ofSeconds(30);

  /** What parameters alone make of six rounds, to one of two executors and back. */
  private static final long BYTES = 6 * 2 * 7850 * Float.BYTES;

  private static FarDriver far;
  private static Path network;
  private static JsonNode undisturbed;

  @TempDir Path folder;

  @BeforeAll
  static void start(@TempDir Path shared) throws Exception {
    network = Files.writeString(shared.resolve("network.json"), network());
    undisturbed =
        SmallRun.json(Tributary.run(SmallRun.DEADLINE, train(shared.resolve("undisturbed"))));
    far = FarDriver.start(Files.createDirectory(shared.resolve("far")));
  }

  @AfterAll
  static void close() {
    far.close();
  }

  @Test
  void ofTwoTenthsOfASecondEachWayCostsTimeAlone() throws Exception {
    requireSame(run(() -> far.line().becomes(new Quality(Duration.ofMillis(200), 0, 0))));
  }

  @Test
  void ofOneMegabitPerSecondCostsTimeAlone() throws Exception {
    requireSame(run(() -> far.line().becomes(new Quality(Duration.ZERO, 1_000_000, 0))));
  }

  @Test
  void thatLosesOneOfTwentyPacketsCostsTimeAlone() throws Exception {
    long before = far.line().lost();

    requireSame(run(() -> far.line().becomes(new Quality(Duration.ofMillis(20), 0, 0.05))));
    assertThat(far.line().lost() - before).isGreaterThan(10);
  }

  @Test
  void thatIsCutForHalfAMinuteCostsThatAlone() throws Exception {
    Outcome outcome = run(BadLineIT::cutForAWhile);

    requireSame(outcome);
    assertThat(outcome.errors()).doesNotContain("Lost executor");
  }

  @Test
  void whoseConnectionsDoNotOutliveACutIsMendedWithNewExecutors() throws Exception {
    Outcome outcome =
        run(
            () -> {
              cutForAWhile();
              far.reset();
            });

    requireSame(outcome);
    assertThat(outcome.errors()).contains("Lost executor");
  }

  /** Runs on a good line to the end of the second round; then something happens to it. */
  private Outcome run(Runnable fault) {
    try (Tributary.Running running = far.launcher().start(train(folder.resolve("run")))) {
      running.awaitErrors("round 1 ", DEADLINE);
      long before = far.line().carried();
      fault.run();
      Outcome outcome = running.await(DEADLINE);
      assertThat(far.line().carried() - before).isGreaterThan(BYTES);
      return outcome;
    } catch (AssertionError e) {
      throw new AssertionError(e.getMessage() + "\n" + far.cluster().logs(), e);
    } finally {
      far.line().becomes(BadLine.GOOD);
    }
  }

  private static void cutForAWhile() {
    far.line().cut();
    assertThat(Deadline.in(PARTITION).waitFor(() -> false)).isFalse();
    far.line().mend();
  }

  private static String[] train(Path run) {
    return Stream.concat(Stream.of(SmallRun.train(run)), Stream.of("--set=model.file=" + network))
        .toArray(String[]::new);
  }

  private static void requireSame(Outcome outcome) throws Exception {
    JsonNode result = SmallRun.json(outcome);
    for (String field : List.of("parameters-sha256", "accuracy", "rounds", "steps")) {
      assertThat(result.path(field))
          .as("%s of %s", field, outcome)
          .isEqualTo(undisturbed.path(field));
    }
  }

  private static String network() {
    return new NeuralNetConfiguration.Builder()
        .seed(7)
        .updater(new Sgd(0.05))
        .list()
        .layer(new OutputLayer.Builder().nOut(10).build())
        .setInputType(InputType.convolutional(28, 28, 1))
        .build()
        .toJson();
  }
}
