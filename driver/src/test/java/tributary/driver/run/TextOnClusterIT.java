package tributary.driver.run;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.LocatedFileStatus;
import org.apache.hadoop.fs.RemoteIterator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tributary.datasets.Sha256;
import tributary.datasets.Storage;
import tributary.driver.cluster.HdfsCluster;
import tributary.driver.cluster.Outcome;
import tributary.driver.cluster.StandaloneCluster;
import tributary.driver.cluster.Tributary;
import tributary.driver.features.ParquetPages;

/**
 * Text on a real cluster and a real HDFS, packed, trained and extracted: the same bits as in one
 * process on a local disk.
 *
 * <pre>
 * mvn -pl driver -am verify -Dgroups=recipes -DexcludedGroups= -Dtest=None \
 *   -Dit.test=TextOnClusterIT -Dsurefire.failIfNoSpecifiedTests=false
 * </pre>
 */
@Tag("recipes")
@Timeout(600)
class TextOnClusterIT {
  private static final Duration DEADLINE = Duration.ofMinutes(4);
  private static final ObjectMapper JSON = new ObjectMapper();

  @RegisterExtension static final HdfsCluster HDFS = new HdfsCluster();
  @RegisterExtension static final StandaloneCluster CLUSTER = StandaloneCluster.ofWorkers(2);

  @TempDir Path folder;

  @ParameterizedTest
  @EnumSource
  void trainsToTheBitsOfOneProcess(TextLesson lesson) throws IOException {
    Path in = lesson.write(folder.resolve("in"));
    String local = folder.toString();
    String far = HDFS.at("/" + lesson.name().toLowerCase(Locale.ROOT));
    Tributary.run(DEADLINE, pack(lesson, in, local)).orFail();
    JsonNode expected = json(Tributary.run(DEADLINE, train(local)));
    assertThat(expected.path("accuracy").asDouble()).isGreaterThan(lesson.accuracy());

    CLUSTER.submit(DEADLINE, pack(lesson, in, far)).orFail();
    JsonNode found = json(CLUSTER.submit(DEADLINE, train(far)));

    for (String field : List.of("parameters-sha256", "accuracy", "rounds", "steps")) {
      assertThat(found.path(field)).as(field).isEqualTo(expected.path(field));
    }
    Tributary.run(DEADLINE, extract(local)).orFail();
    assertThat(json(CLUSTER.submit(DEADLINE, extract(far))).path("rows").asInt()).isEqualTo(300);
    assertThat(hashes(HDFS.fileSystem(), far)).isEqualTo(hashes(localFiles(), local)).hasSize(5);
  }

  private static String[] pack(TextLesson lesson, Path in, String at) {
    return new String[] {
      "pack",
      "--from=" + lesson.format().toString(),
      "--input=" + in,
      "--to=" + at + "/data",
      "--shard-size=70"
    };
  }

  private static String[] train(String at) {
    return new String[] {
      "train",
      "--json",
      "--data=" + at + "/data",
      "--run=" + at + "/run",
      "--set=model.width=16",
      "--set=model.dropout=0",
      "--set=optimizer.learning-rate=0.02",
      "--set=input.sequence-length=12",
      "--set=training.minibatch-size=8",
      "--set=training.local-steps=3",
      "--set=training.epochs=5"
    };
  }

  private static String[] extract(String at) {
    return new String[] {
      "extract",
      "--json",
      "--run=" + at + "/run",
      "--data=" + at + "/data",
      "--to=" + at + "/features",
      "--layer=lstm1"
    };
  }

  /** Of the tables' files by their names. */
  private static SortedMap<String, String> hashes(FileSystem fs, String at) throws IOException {
    SortedMap<String, String> hashes = new TreeMap<>();
    RemoteIterator<LocatedFileStatus> files =
        fs.listFiles(new org.apache.hadoop.fs.Path(at, "features"), /* recursive= */ true);
    while (files.hasNext()) {
      org.apache.hadoop.fs.Path file = files.next().getPath();
      if (file.getName().endsWith(".parquet")) {
        hashes.put(file.getName(), Sha256.hexOf(ParquetPages.of(Storage.readAll(fs, file))));
      }
    }
    return hashes;
  }

  private static FileSystem localFiles() throws IOException {
    return Storage.fileSystem(
        new org.apache.hadoop.fs.Path("/"), new org.apache.hadoop.conf.Configuration());
  }

  private static JsonNode json(Outcome outcome) throws IOException {
    return JSON.readTree(outcome.orFail().lastLine());
  }
}
