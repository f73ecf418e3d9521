package tributary.driver.run;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
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
import tributary.datasets.testing.Photos;
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
    Path source = Files.createDirectory(folder.resolve("source"));
    copyFirst("train", 1_500, source);
    copyFirst("t10k", 200, source);
    Path local = folder.resolve("data");
    CLUSTER.submit(DEADLINE, pack(source, local.toString())).orFail();
    CLUSTER.submit(DEADLINE, pack(source, HDFS.at("/data"))).orFail();
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
                "--set=run.lease-seconds=5",
                "--set=input.cache-folder=" + folder.resolve("copies")));

    for (String field : List.of("parameters-sha256", "accuracy", "rounds", "steps")) {
      assertThat(resumed.path(field)).as(field).isEqualTo(expected.path(field));
    }
    assertThat(Folders.names(folder.resolve("copies"))).anyMatch(name -> name.endsWith(".tar"));
  }

  @Test
  void aFolderOfImagesThereIsPackedBesideTheRunsAndTrainedInOneCommand() throws Exception {
    for (int number = 0; number < 40; number++) {
      byte[] jpeg = Photos.jpeg(28, 28, number);
      String file = "class" + number % 2 + "/" + number + ".jpg";
      Files.createDirectories(folder.resolve("pictures/" + file).getParent());
      Files.write(folder.resolve("pictures/" + file), jpeg);
      Storage.writeAtomically(
          HDFS.fileSystem(), new org.apache.hadoop.fs.Path(HDFS.at("/pictures/" + file)), jpeg);
    }
    String run = folder.resolve("runs/own").toString();
    String[] locally = train(folder.resolve("pictures").toString(), run);
    JsonNode expected = json(Tributary.run(DEADLINE, locally));

    Outcome outcome = CLUSTER.submit(DEADLINE, train(HDFS.at("/pictures"), HDFS.at("/runs/own")));
    assertThat(json(outcome).path("parameters-sha256"))
        .isEqualTo(expected.path("parameters-sha256"));
    assertThat(outcome.errors())
        .contains("Packing " + HDFS.at("/pictures") + " (image-folder) to " + HDFS.at("/runs/"))
        .contains("are kept for validation");
    var packs = new org.apache.hadoop.fs.Path(HDFS.at("/runs/.packed"));
    assertThat(HDFS.fileSystem().listStatus(packs)).hasSize(1);
  }

  /** The first images of the real files, with their labels. */
  private static void copyFirst(String prefix, int count, Path to) throws IOException {
    for (String file : List.of("-images-idx3-ubyte", "-labels-idx1-ubyte")) {
      byte[] all;
      try (InputStream in =
          new GZIPInputStream(
              Files.newInputStream(FashionMnist.directory().resolve(prefix + file + ".gz")))) {
        all = in.readAllBytes();
      }
      boolean ofImages = file.contains("images");
      int bytes = ofImages ? 16 + count * 28 * 28 : 8 + count;
      byte[] some = Arrays.copyOf(all, bytes);
      ByteBuffer.wrap(some).putInt(4, count);
      Files.write(to.resolve(prefix + file), some);
    }
  }

  private static String[] pack(Path source, String to) {
    return new String[] {
      "pack",
      "--from=idx",
      "--input=" + source,
      "--to=" + to,
      "--shard-size=400",
      "--validation-share=0.1"
    };
  }

  private static String[] train(String data, String run) {
    return new String[] {
      "train",
      "--json",
      "--data=" + data,
      "--run=" + run,
      "--set=training.local-steps=4",
      "--set=training.minibatch-size=16",
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
