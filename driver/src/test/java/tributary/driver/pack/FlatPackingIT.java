package tributary.driver.pack;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tributary.datasets.Checks;
import tributary.datasets.testing.HandMade;
import tributary.datasets.testing.Photos;
import tributary.driver.cluster.Deadline;
import tributary.driver.cluster.ResidentMemory;
import tributary.driver.cluster.Tributary;

/**
 * Packing takes no more memory for many images than for some:
 *
 * <pre>
 * mvn -pl driver -am verify -Dgroups=bench -DexcludedGroups= -Dtest=None -Dit.test=FlatPackingIT \
 *   -Dsurefire.failIfNoSpecifiedTests=false -Dfailsafe.failIfNoSpecifiedTests=false
 * </pre>
 */
@Tag("bench")
@Timeout(1_200)
class FlatPackingIT {
  private static final Duration DEADLINE = Duration.ofMinutes(12);
  private static final Duration PAUSE = Duration.ofMillis(200);
  private static final int TARS = 10;
  private static final int IMAGES = 100_000;
  private static final int VARIANTS = 400;
  private static final int SHARD = 5_000;

  /** When the list of all is made, and Java has loaded and compiled what packs. */
  private static final int FIRST = 10_000;

  private static final double GROWTH = 0.02;

  /**
   * The heap is resident from the start, and holds the list whatever its length: what grows is
   * beside it.
   */
  private static final String WHOLE_HEAP = "-Xms512m -XX:+AlwaysPreTouch";

  @TempDir Path folder;

  @Test
  void residentMemoryIsAtAHundredThousandImagesWhatItIsAtTenThousand() throws Exception {
    writeTars();
    List<Long> first = new ArrayList<>();
    List<Long> rest = new ArrayList<>();
    try (Tributary.Running running =
        Tributary.local()
            .withOptions(
                List.of(
                    "--master",
                    "local[2]",
                    "--driver-memory",
                    "512m",
                    "--spark",
                    "spark.driver.extraJavaOptions=" + WHOLE_HEAP))
            .start(
                "pack",
                "--from=webdataset",
                "--input=" + folder.resolve("tars"),
                "--to=" + folder.resolve("packed"),
                "--shard-size=" + SHARD,
                "--json")) {
      Deadline deadline = Deadline.in(DEADLINE);
      while (running.process().isAlive() && !deadline.isOver()) {
        List<Long> samples = packed() <= FIRST ? first : rest;
        ResidentMemory.kilobytes(running.process().pid()).ifPresent(samples::add);
        Deadline.in(PAUSE).waitFor(() -> !running.process().isAlive());
      }
      JsonNode packed =
          new ObjectMapper().readTree(running.await(Duration.ofSeconds(10)).orFail().lastLine());
      assertThat(packed.at("/splits/train/examples").asInt()).isEqualTo(IMAGES);
    }
    assertThat(rest).as("samples after %d images", FIRST).hasSizeGreaterThan(20);
    long before = Collections.max(first);
    long after = Collections.max(rest);
    System.out.println(
        Checks.format(
            "packed %d images: at most %d kB resident up to %d of them, %d kB from then on",
            IMAGES, before, FIRST, after));
    assertThat(after)
        .as("kB after %d images, %d kB before: %s", FIRST, before, rest)
        .isLessThan((long) (before * (1 + GROWTH)));
  }

  /** Images in shards that are there. */
  private int packed() throws IOException {
    if (!Files.exists(folder.resolve("packed"))) {
      return 0;
    }
    try (Stream<Path> files = Files.list(folder.resolve("packed"))) {
      return SHARD
          * (int)
              files
                  .map(file -> file.getFileName().toString())
                  .filter(name -> name.startsWith("train-") && name.endsWith(".tar"))
                  .count();
    }
  }

  /** JPEGs and PNGs in turn; our own shards are tars as any WebDataset's. */
  private void writeTars() throws IOException {
    List<byte[]> images = new ArrayList<>();
    for (int i = 0; i < VARIANTS; i++) {
      BufferedImage picture = Photos.picture(24 + i % 17, 20 + i % 13, i);
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      ImageIO.write(picture, i % 2 == 0 ? "jpg" : "png", out);
      images.add(out.toByteArray());
    }
    int[] examplesPerTar = new int[TARS];
    Arrays.fill(examplesPerTar, IMAGES / TARS);
    HandMade.dataset(folder.resolve("tars"), i -> images.get(i % VARIANTS), examplesPerTar).close();
  }
}
