package tributary.datasets.minibatch;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import tributary.datasets.Checks;
import tributary.datasets.shard.Dataset;
import tributary.datasets.testing.FashionMnist;

/** How fast one thread reads and decodes shuffled 28x28 images; run with {@code -Dgroups=bench}. */
@ExtendWith(FashionMnist.class)
@Tag("bench")
class ReadingSpeedTest {
  private static final int EXAMPLES = 20_000;

  @Test
  void oneThreadReadsTenThousandImagesASecond() throws IOException {
    Path shards = FashionMnist.shards(EXAMPLES, 1, 1_000);
    try (Dataset dataset = Dataset.open(shards.toUri().toString(), new Configuration())) {
      epoch(dataset, 0);
      double fastest = 0;
      for (int epoch = 1; epoch <= 5; epoch++) {
        long start = System.nanoTime();
        epoch(dataset, epoch);
        double perSecond = EXAMPLES / ((System.nanoTime() - start) / 1e9);
        System.out.println(Checks.format("epoch %d: %.0f images/s", epoch, perSecond));
        fastest = Math.max(fastest, perSecond);
      }
      assertThat(fastest).isGreaterThan(10_000);
    }
  }

  private static void epoch(Dataset dataset, int epoch) throws IOException {
    int[] shards = dataset.manifest().examplesPerShard("train");
    long[] numbers = new SampleOrder(1, epoch, shards, 64, 64).slice(0, EXAMPLES);
    int[] sizes = new int[EXAMPLES / 50];
    Arrays.fill(sizes, 50);
    try (MinibatchReader reader =
        new MinibatchReader(
            dataset,
            "train",
            Normalization.of(dataset.manifest().images().statistics()),
            numbers,
            sizes,
            2)) {
      while (reader.hasNext()) {
        assertThat(reader.next().size()).isEqualTo(50);
      }
    }
  }
}
