package tributary.driver.features;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import tributary.datasets.Checks;
import tributary.datasets.Storage;
import tributary.datasets.shard.Dataset;
import tributary.datasets.shard.LabelledExample;
import tributary.datasets.shard.Manifest;
import tributary.datasets.shard.ShardInfo;
import tributary.datasets.shard.ShardWriter;
import tributary.datasets.testing.FashionMnist;
import tributary.driver.cluster.Deadline;
import tributary.driver.cluster.ResidentMemory;
import tributary.driver.cluster.Tributary;

/**
 * Extraction takes no more memory for many rows than for some:
 *
 * <pre>
 * mvn -pl driver -am verify -Dgroups=bench -DexcludedGroups= -Dtest=None \
 *   -Dit.test=FlatExtractionIT -Dsurefire.failIfNoSpecifiedTests=false
 * </pre>
 */
@Tag("bench")
@Timeout(900)
@ExtendWith(FashionMnist.class)
class FlatExtractionIT {
  private static final Duration DEADLINE = Duration.ofMinutes(8);
  private static final Duration PAUSE = Duration.ofMillis(100);
  private static final int ROWS = 100_000;
  private static final int ROWS_PER_SHARD = 2_500;
  private static final int VARIANTS = 2_000;
  private static final double GROWTH = 0.05;

  /** The heap is resident from the start, so that what grows is beside it. */
  private static final String WHOLE_HEAP = "-Xms768m -XX:+AlwaysPreTouch";

  @TempDir Path folder;

  @Test
  void residentMemoryStaysAsItIsAfterAThirdOfAHundredThousandRows() throws Exception {
    Path some = FashionMnist.shards(VARIANTS, 64, 500);
    Path run = folder.resolve("run");
    Tributary.run(
            DEADLINE,
            "train",
            "--data=" + some,
            "--run=" + run,
            "--set=training.local-steps=20",
            "--set=evaluation.every-epochs=0")
        .orFail();
    write(some, folder.resolve("data"));
    List<Long> kilobytes = new ArrayList<>();
    try (Tributary.Running running =
        Tributary.local()
            .withOptions(
                List.of(
                    "--master",
                    "local[2]",
                    "--driver-memory",
                    "768m",
                    "--spark",
                    "spark.driver.extraJavaOptions=" + WHOLE_HEAP))
            .start(
                "extract",
                "--run=" + run,
                "--data=" + folder.resolve("data"),
                "--to=" + folder.resolve("features"),
                "--json")) {
      running.awaitErrors("extracted ", DEADLINE);
      Deadline deadline = Deadline.in(DEADLINE);
      while (running.process().isAlive() && !deadline.isOver()) {
        ResidentMemory.kilobytes(running.process().pid()).ifPresent(kilobytes::add);
        Deadline.in(PAUSE).waitFor(() -> !running.process().isAlive());
      }
      JsonNode extracted =
          new ObjectMapper().readTree(running.await(Duration.ofSeconds(10)).orFail().lastLine());
      assertThat(extracted.path("rows").asInt()).isEqualTo(ROWS);
      System.out.println(extracted);
    }
    int third = kilobytes.size() / 3;
    long before = Collections.max(kilobytes.subList(0, third));
    long after = Collections.max(kilobytes.subList(third, kilobytes.size()));
    System.out.println(
        Checks.format(
            "extracted %d rows, %d samples of resident memory: at most %d kB in the first third, %d"
                + " kB later",
            ROWS, kilobytes.size(), before, after));
    assertThat(kilobytes).as("samples").hasSizeGreaterThan(30);
    assertThat(after)
        .as("kB after the first third, in which %d kB were the most: %s", before, kilobytes)
        .isLessThan((long) (before * (1 + GROWTH)));
  }

  /** Real images, each many times under another key. */
  private static void write(Path some, Path to) throws IOException {
    Configuration hadoop = new Configuration();
    org.apache.hadoop.fs.Path directory = new org.apache.hadoop.fs.Path(to.toUri());
    FileSystem fs = Storage.fileSystem(directory, hadoop);
    try (Dataset dataset = Dataset.open(some.toUri().toString(), hadoop)) {
      List<ShardInfo> shards = new ArrayList<>();
      for (int first = 0; first < ROWS; first += ROWS_PER_SHARD) {
        String name = Checks.format("train-%05d", shards.size());
        try (ShardWriter writer = new ShardWriter(fs, directory, name)) {
          for (int i = first; i < first + ROWS_PER_SHARD; i++) {
            LabelledExample example = dataset.read("train", i % VARIANTS);
            writer.add(
                new tributary.datasets.shard.Example(
                    Checks.format("%07d", i), example.example().fields()),
                example.label());
          }
          shards.add(writer.finish());
        }
      }
      Manifest like = dataset.manifest();
      Files.write(
          to.resolve(Manifest.FILE_NAME),
          new Manifest(like.task(), like.classes(), like.images(), Map.of("train", shards))
              .toJson());
    }
  }
}
