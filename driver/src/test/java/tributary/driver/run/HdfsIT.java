package tributary.driver.run;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.apache.hadoop.fs.FileSystem;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import tributary.datasets.Storage;
import tributary.datasets.testing.FashionMnist;
import tributary.datasets.testing.Folders;
import tributary.driver.cluster.HdfsCluster;
import tributary.driver.cluster.Outcome;
import tributary.driver.cluster.StandaloneCluster;
import tributary.driver.cluster.Tributary;

/** Packs to a real HDFS, trains from there and resumes there: the same bits as on a local disk. */
@Tag("cluster")
@Timeout(600)
@ExtendWith(FashionMnist.class)
class HdfsIT {
  private static final Duration DEADLINE = Duration.ofMinutes(4);
  private static final ObjectMapper JSON = new ObjectMapper();

  @RegisterExtension static final HdfsCluster HDFS = new HdfsCluster();
  @RegisterExtension static final StandaloneCluster CLUSTER = StandaloneCluster.ofWorkers(2);

  @TempDir Path folder;

  @Test
  void packingTrainingLosingAnExecutorAndResumingGiveTheBitsOfALocalDisk() throws Exception {
    Path local = folder.resolve("data");
    CLUSTER.submit(DEADLINE, pack(local.toString())).orFail();
    CLUSTER.submit(DEADLINE, pack(HDFS.at("/data"))).orFail();
    assertSameFiles(local);

    Path run = folder.resolve("run");
    JsonNode expected = json(Tributary.run(DEADLINE, train(local.toString(), run.toString())));
    try (Tributary.Running running =
        CLUSTER.launcher().start(train(HDFS.at("/data"), HDFS.at("/run")))) {
      running.awaitErrors("round 1 ", DEADLINE);
      CLUSTER.killExecutor(CLUSTER.awaitExecutors(2, DEADLINE).get(0));
      running.awaitErrors("round 4 ", DEADLINE);
      running.process().destroyForcibly();
    }
    JsonNode resumed =
        json(
            CLUSTER.submit(
                DEADLINE,
                "train",
                "--json",
                "--resume=" + HDFS.at("/run"),
                "--set=run.lease-seconds=5"));

    for (String field : List.of("parameters-sha256", "accuracy", "rounds", "steps")) {
      assertThat(resumed.path(field)).as(field).isEqualTo(expected.path(field));
    }
  }

  private static String[] pack(String to) {
    return new String[] {
      "pack",
      "--from=idx",
      "--input=" + FashionMnist.directory(),
      "--to=" + to,
      "--shard-size=20000",
      "--validation-share=0.9"
    };
  }

  private static String[] train(String data, String run) {
    return new String[] {
      "train",
      "--json",
      "--data=" + data,
      "--run=" + run,
      "--set=training.local-steps=12",
      "--set=training.minibatch-size=32",
      "--set=checkpoint.every-rounds=2"
    };
  }

  private static void assertSameFiles(Path local) throws IOException {
    FileSystem hdfs = HDFS.fileSystem();
    var directory = new org.apache.hadoop.fs.Path(HDFS.at("/data"));
    assertThat(Stream.of(hdfs.listStatus(directory)).map(file -> file.getPath().getName()).toList())
        .containsExactlyInAnyOrderElementsOf(Folders.names(local));
    for (String name : Folders.names(local)) {
      assertThat(Storage.readAll(hdfs, new org.apache.hadoop.fs.Path(directory, name)))
          .as(name)
          .isEqualTo(Files.readAllBytes(local.resolve(name)));
    }
  }

  private static JsonNode json(Outcome outcome) throws IOException {
    return JSON.readTree(outcome.orFail().lastLine());
  }
}
