package tributary.driver.features;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.LongStream;
import org.apache.spark.api.java.JavaSparkContext;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import tributary.datasets.Checks;
import tributary.datasets.minibatch.MinibatchReader;
import tributary.datasets.minibatch.Normalization;
import tributary.datasets.shard.Dataset;
import tributary.datasets.testing.FashionMnist;
import tributary.driver.checkpoint.Checkpoint;
import tributary.driver.round.LocalSpark;
import tributary.worker.features.FeatureSettings;
import tributary.worker.features.FeatureSettings.Norm;
import tributary.worker.features.FeatureSettings.Pooling;
import tributary.worker.model.Nd4jRuntime;

/**
 * Extraction against DL4J's {@code feedForward}, the same network, images and cores, one after the
 * other:
 *
 * <pre>
 * mvn -pl driver -am verify -Dgroups=bench -DexcludedGroups= -Dtest=ExtractionSpeedTest \
 *   -Dit.test=None -Dsurefire.failIfNoSpecifiedTests=false
 * </pre>
 *
 * <p>DL4J gets its images decoded and in memory, in minibatches of its best size of a few, and
 * writes nothing. The extraction reads shards, decodes, and writes Parquet.
 */
@Tag("bench")
@Timeout(400)
@ExtendWith(FashionMnist.class)
class ExtractionSpeedTest {
  private static final int IMAGES = 20_000;
  private static final int RIVALS = 2_560;
  private static final int CORES = 2;
  private static final double TIMES = 4;

  @TempDir Path folder;

  @Test
  void isFourTimesAsFastAsFeedForward() throws IOException {
    Path data = FashionMnist.shards(IMAGES, 100, 1_000);
    Checkpoint lenet = Trained.lenet(data, 1);
    double rival = 0;
    for (int size : new int[] {32, 64, 256}) {
      rival = Math.max(rival, feedForward(data, lenet, size));
    }
    double ours = extract(data, lenet);
    System.out.println(
        Checks.format(
            "LeNet, %d cores: extract %.0f images/s, DL4J's feedForward %.0f images/s: %.1f times",
            CORES, ours, rival, ours / rival));
    assertThat(ours / rival).as("times as fast").isGreaterThan(TIMES);
  }

  /** Once for Java to compile, then measured. */
  private double extract(Path data, Checkpoint lenet) throws IOException {
    FeatureSettings features = new FeatureSettings(List.of("fc1"), Pooling.NONE, Norm.NONE);
    double speed = 0;
    try (JavaSparkContext spark = LocalSpark.ofSlots(CORES);
        Dataset dataset = Trained.open(data)) {
      for (String to : List.of("first", "second")) {
        speed =
            new Extraction(spark, Trained.settings(data), dataset, lenet, features)
                .to(folder.resolve(to).toString(), List.of("train"), silent())
                .imagesPerSecond();
      }
    }
    return speed;
  }

  private static ExtractProgress silent() {
    return new ExtractProgress(
        new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8), false);
  }

  private static double feedForward(Path data, Checkpoint lenet, int size) throws IOException {
    MultiLayerNetwork network = new MultiLayerNetwork(lenet.model().multiLayer());
    network.init();
    network.setParams(Nd4j.createFromArray(lenet.state().model().parameters()).reshape(1, -1));
    Nd4jRuntime.setThreads(CORES);
    INDArray[] minibatches = minibatches(data, size);
    for (int i = 0; i < 3; i++) {
      network.feedForward(minibatches[i], false);
    }
    long began = System.nanoTime();
    for (INDArray minibatch : minibatches) {
      network.feedForward(minibatch, false);
    }
    double seconds = (System.nanoTime() - began) / 1e9;
    System.out.println(
        Checks.format("feedForward, minibatches of %d: %.0f images/s", size, RIVALS / seconds));
    return RIVALS / seconds;
  }

  private static INDArray[] minibatches(Path data, int size) throws IOException {
    INDArray[] minibatches = new INDArray[RIVALS / size];
    int[] sizes = new int[minibatches.length];
    Arrays.fill(sizes, size);
    try (Dataset dataset = Trained.open(data);
        MinibatchReader reader =
            new MinibatchReader(
                dataset,
                "train",
                Normalization.of(dataset.manifest().images().statistics(), null),
                LongStream.range(0, RIVALS).toArray(),
                sizes,
                2)) {
      for (int i = 0; i < minibatches.length; i++) {
        minibatches[i] =
            Nd4j.createFromArray(reader.next().features()).reshape('c', size, 1, 28, 28);
      }
    }
    return minibatches;
  }
}
