package tributary.driver.faults;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import tributary.datasets.Sha256;
import tributary.datasets.shard.Dataset;
import tributary.datasets.testing.FashionMnist;
import tributary.driver.cluster.Deadline;
import tributary.driver.cluster.StandaloneCluster;
import tributary.driver.cluster.Tributary;
import tributary.driver.features.ParquetPages;
import tributary.driver.round.LocalSpark;

/**
 * An extraction that loses an executor, and then its driver:
 *
 * <pre>
 * mvn -pl driver -am verify -Dgroups=faults -DexcludedGroups= -Dtest=None \
 *   -Dit.test=KilledExtractionIT -Dsurefire.failIfNoSpecifiedTests=false
 * </pre>
 */
@Tag("faults")
@Timeout(420)
@ExtendWith(FashionMnist.class)
class KilledExtractionIT {
  private static final int TRAIN = 20_000;
  private static final int TEST = 4_000;
  private static final int SHARDS = 24;

  @RegisterExtension static final SmallRun TRAINED = new SmallRun();
  @RegisterExtension static final StandaloneCluster CLUSTER = StandaloneCluster.ofWorkers(2);

  @TempDir Path folder;

  @Test
  void goesOnToTheSameBitsWithEveryKeyOnce() throws Exception {
    Path data = FashionMnist.shards(TRAIN, TEST, 1_000);
    Path run = SmallRun.copy(folder.resolve("run"));
    Path undisturbed = folder.resolve("undisturbed");
    Path disturbed = folder.resolve("disturbed");
    Tributary.run(SmallRun.DEADLINE, extract(run, data, undisturbed)).orFail();

    try (Tributary.Running running = CLUSTER.launcher().start(extract(run, data, disturbed))) {
      awaitShards(disturbed, 1);
      CLUSTER.killExecutor(CLUSTER.awaitExecutors(2, SmallRun.DEADLINE).get(0));
      awaitShards(disturbed, 5);
      running.process().destroyForcibly();
    }
    CLUSTER.awaitNoExecutors(SmallRun.DEADLINE);
    int committed = shards(disturbed);
    assertThat(committed).isBetween(5, SHARDS - 1);

    JsonNode resumed =
        SmallRun.json(CLUSTER.submit(SmallRun.DEADLINE, extract(run, data, disturbed)));

    assertThat(resumed.path("rows").asInt()).isEqualTo(TRAIN + TEST);
    assertThat(resumed.path("extracted-before").asInt()).isEqualTo(committed * 1_000);
    assertThat(hashes(disturbed)).isEqualTo(hashes(undisturbed));
    requireEveryKeyOnce(data, disturbed);
    System.out.println(
        committed + " of " + SHARDS + " shards were there when the driver was killed");
  }

  private static String[] extract(Path run, Path data, Path to) {
    return new String[] {
      "extract",
      "--json",
      "--run=" + run,
      "--data=" + data,
      "--to=" + to,
      "--layer=fc1",
      "--layer=conv2"
    };
  }

  private static void awaitShards(Path table, int count) {
    boolean came = Deadline.in(SmallRun.DEADLINE).waitFor(() -> shards(table) >= count);
    assertThat(came).as("%d shards in time", count).isTrue();
  }

  private static int shards(Path table) {
    return Files.exists(table) ? files(table, ".parquet").size() : 0;
  }

  private static void requireEveryKeyOnce(Path data, Path table) throws IOException {
    Set<String> expected = new HashSet<>();
    try (Dataset dataset = Dataset.open(data.toUri().toString(), new Configuration())) {
      for (String split : List.of("train", "test")) {
        for (long number = 0; number < dataset.manifest().examples(split); number++) {
          expected.add(split + "/" + dataset.read(split, number).example().key());
        }
      }
    }
    assertThat(expected).hasSize(TRAIN + TEST);
    try (SparkSession session = LocalSpark.sessionOfSlots(2)) {
      List<Row> rows =
          session.read().parquet(table.toString()).select("split", "key").collectAsList();
      assertThat(rows).hasSize(TRAIN + TEST);
      assertThat(rows)
          .extracting(row -> row.getString(0) + "/" + row.getString(1))
          .containsExactlyInAnyOrderElementsOf(expected);
    }
  }

  private static byte[] pages(Path file) throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    return file.toString().endsWith(".parquet") ? ParquetPages.of(bytes) : bytes;
  }

  private static SortedMap<String, String> hashes(Path table) {
    SortedMap<String, String> hashes = new TreeMap<>();
    for (Path file : files(table, "")) {
      try {
        hashes.put(table.relativize(file).toString(), Sha256.hexOf(pages(file)));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    return hashes;
  }

  /** Of what is committed: other files' names start with a dot. */
  private static List<Path> files(Path table, String ending) {
    try (Stream<Path> files = Files.walk(table)) {
      return files
          .filter(Files::isRegularFile)
          .filter(file -> file.toString().endsWith(ending))
          .filter(file -> ending.isEmpty() || !file.getFileName().toString().startsWith("."))
          .toList();
    } catch (IOException | UncheckedIOException e) { // a file was renamed meanwhile
      return List.of();
    }
  }
}
