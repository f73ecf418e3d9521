package tributary.datasets.minibatch;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tributary.datasets.Checks;
import tributary.datasets.shard.Dataset;
import tributary.datasets.shard.LabelledExample;
import tributary.datasets.shard.Manifest;
import tributary.datasets.shard.ShardInfo;
import tributary.datasets.testing.HandMade;

/** A million examples in 200 shards, which are one shard under 200 names. */
class MillionExamplesTest {
  private static final int SHARDS = 200;
  private static final int PER_SHARD = 5_000;
  private static final int EXAMPLES = SHARDS * PER_SHARD;
  private static final Duration LIMIT = Duration.ofSeconds(1);
  private static final long LIMIT_BYTES = 200L << 20;

  @TempDir static Path folder;

  private static Path dataset;

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 499_999, EXAMPLES - 64})
  void anEpochGoesOnAtAnyPositionInASecond(int position) throws IOException {
    try (Dataset opened = warm()) {
      int[] perShard = opened.manifest().examplesPerShard("train");
      long allocated = allocatedBytes();
      long began = System.nanoTime();

      SampleOrder order = new SampleOrder(7, 3, perShard, 32, 256);
      long[] slice = order.slice(position, 64);
      LabelledExample first = opened.read("train", slice[0]);

      assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(LIMIT);
      assertThat(allocatedBytes() - allocated).as("bytes taken").isLessThan(LIMIT_BYTES);
      assertThat(first.number()).isEqualTo(slice[0]);
      assertThat(first.example().key()).isEqualTo(HandMade.key((int) (slice[0] % PER_SHARD)));
    }
  }

  @Test
  void aWholeEpochsOrderIsDrawnInASecondAndHasEachOnce() throws IOException {
    try (Dataset opened = warm()) {
      int[] perShard = opened.manifest().examplesPerShard("train");
      long allocated = allocatedBytes();
      long began = System.nanoTime();

      long[] all = new SampleOrder(7, 3, perShard, 32, 256).slice(0, EXAMPLES);

      assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(LIMIT);
      assertThat(allocatedBytes() - allocated).as("bytes taken").isLessThan(LIMIT_BYTES);
      boolean[] seen = new boolean[EXAMPLES];
      for (long number : all) {
        assertThat(seen[(int) number]).isFalse();
        seen[(int) number] = true;
      }
    }
  }

  /** Opened, with the code that the clock is not for compiled. */
  private static Dataset warm() throws IOException {
    Dataset opened = Dataset.open(dataset().toUri().toString(), new Configuration());
    opened.read("train", EXAMPLES / 2);
    return opened;
  }

  private static Path dataset() throws IOException {
    if (dataset == null) {
      Path made = folder.resolve("million");
      Manifest one;
      try (Dataset shard = HandMade.dataset(made, PER_SHARD)) {
        one = shard.manifest();
      }
      ShardInfo original = one.shards("train").get(0);
      List<ShardInfo> shards = new ArrayList<>(List.of(original));
      for (int i = 1; i < SHARDS; i++) {
        String name = Checks.format("train-%05d", i);
        for (String ending : List.of(".tar", ".idx")) {
          Files.createLink(made.resolve(name + ending), made.resolve(original.name() + ending));
        }
        shards.add(new ShardInfo(name, original.bytes(), PER_SHARD, original.sha256()));
      }
      Manifest all = new Manifest(one.task(), one.classes(), one.images(), Map.of("train", shards));
      Files.write(made.resolve(Manifest.FILE_NAME), all.toJson());
      dataset = made;
    }
    return dataset;
  }

  private static long allocatedBytes() {
    var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
    return threads.getCurrentThreadAllocatedBytes();
  }
}
