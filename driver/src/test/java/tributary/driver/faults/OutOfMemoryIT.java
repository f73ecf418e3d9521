package tributary.driver.faults;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.stream.Stream;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.learning.config.Adam;
import tributary.datasets.testing.FashionMnist;
import tributary.driver.cluster.Outcome;
import tributary.driver.cluster.StandaloneCluster;

/** Executors that have too little memory for a network. */
@Tag("faults")
@Timeout(300)
@ExtendWith(FashionMnist.class)
class OutOfMemoryIT {
  private static final Duration DEADLINE = Duration.ofMinutes(4);

  @RegisterExtension static final StandaloneCluster CLUSTER = StandaloneCluster.ofWorkers(2);

  @TempDir Path folder;

  @Test
  void ofTheHeapEndsTheRunNamingTheSettingToRaise() throws Exception {
    Outcome outcome = trainWideNetwork("--driver-memory=4g", "--spark=spark.executor.memory=512m");

    assertThat(outcome.exitCode()).as("%s", outcome).isEqualTo(6);
    assertThat(outcome.errors())
        .containsPattern(
            "error: Round 0: .*(OutOfMemoryError: Java heap space|code 52); unfinished: .*; the heap"
                + " is too small: raise spark.executor.memory .* or lower"
                + " training.minibatch-size\\R$");
  }

  @Test
  void ofTheDriversHeapEndsTheRunNamingTheOptionToRaise() throws Exception {
    Outcome outcome = trainWideNetwork("--driver-memory=512m");

    assertThat(outcome.exitCode()).as("%s", outcome).isEqualTo(6);
    assertThat(outcome.errors())
        .containsPattern(
            "error: The driver is out of memory \\(Java heap space\\): raise --driver-memory, .*\\R$");
  }

  @Test
  void besideTheHeapEndsTheRunNamingTheSettingToRaise() {
    try (StandaloneCluster cluster =
        StandaloneCluster.ofWorkers(1).under("prlimit", "--as=6000000000").start()) {
      Outcome outcome =
          cluster.submit(
              DEADLINE,
              "train",
              "--data=" + FashionMnist.shards(30_000, 64, 10_000),
              "--run=" + folder.resolve("run"),
              "--set=training.replicas=1",
              "--set=training.minibatch-size=30000");

      assertThat(outcome.exitCode()).as("%s", outcome).isEqualTo(6);
      assertThat(outcome.errors())
          .containsPattern(
              "error: Round 0: .*; unfinished: .*; there is too little memory beside the heap: lower"
                  + " training.minibatch-size or raise spark.executor.memoryOverhead .*\\R$");
    }
  }

  /** Of about 31 million parameters, whose optimizer keeps twice as many values. */
  private Outcome trainWideNetwork(String... memory) throws IOException {
    Path network = Files.writeString(folder.resolve("wide.json"), network(40_000));
    return CLUSTER.submit(
        DEADLINE,
        SmallRun.train(
            folder.resolve("run"),
            Stream.concat(Stream.of(memory), Stream.of("--set=model.file=" + network))
                .toArray(String[]::new)));
  }

  private static String network(int width) {
    return new NeuralNetConfiguration.Builder()
        .seed(7)
        .updater(new Adam(1e-3))
        .list()
        .layer(new DenseLayer.Builder().nOut(width).build())
        .layer(new OutputLayer.Builder().nOut(10).build())
        .setInputType(InputType.convolutional(28, 28, 1))
        .build()
        .toJson();
  }
}
