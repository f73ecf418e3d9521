package tributary.driver.run;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.deeplearning4j.nn.weights.WeightInitRelu;
import org.deeplearning4j.zoo.model.ResNet50;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.learning.config.Nesterovs;
import tributary.datasets.Checks;
import tributary.datasets.Seeds;
import tributary.datasets.Storage;
import tributary.datasets.image.Image;
import tributary.datasets.image.PngEncoder;
import tributary.datasets.shard.ChannelStatistics;
import tributary.datasets.shard.Example;
import tributary.datasets.shard.ImageShape;
import tributary.datasets.shard.Images;
import tributary.datasets.shard.Manifest;
import tributary.datasets.shard.ShardInfo;
import tributary.datasets.shard.ShardWriter;
import tributary.datasets.shard.Task;
import tributary.driver.cluster.StandaloneCluster;
import tributary.driver.cluster.Tributary;
import tributary.worker.model.Nd4jRuntime;

/**
 * DL4J's ResNet-50 at its published size, 25.6 million parameters and as many of momentum, on a
 * real cluster: how much of a round goes by beside its ten local steps.
 */
@Tag("bench")
@Timeout(1200)
class OverheadIT {
  private static final int SIDE = 224;
  private static final int CLASSES = 1000;
  private static final int MINIBATCH = 32;
  private static final int ROUNDS = 3;
  private static final int EXAMPLES_OF_A_ROUND = 2 * 10 * MINIBATCH;
  private static final int EXAMPLES = ROUNDS * EXAMPLES_OF_A_ROUND;

  @RegisterExtension static final StandaloneCluster CLUSTER = StandaloneCluster.ofWorkers(2);

  @TempDir Path folder;

  @Test
  void isLessThanATwentiethOfARoundOfTenStepsOfResNet50() throws Exception {
    Path data = dataset();
    Path run = folder.resolve("run");
    Tributary launcher =
        CLUSTER
            .launcher()
            .withOptions(
                List.of(
                    "--master", CLUSTER.masterUrl(),
                    "--driver-memory", "4g",
                    "--spark", "spark.driver.host=127.0.0.1",
                    "--spark", "spark.ui.enabled=false",
                    "--spark", "spark.executor.memory=2g"));
    launcher
        .submit(
            Duration.ofMinutes(18),
            "train",
            "--data=" + data,
            "--run=" + run,
            "--set=model.file=" + model(),
            "--set=training.local-steps=10",
            // Thirty rounds of one step come first: Java compiles what runs often.
            "--set=training.post-local-epoch=1",
            "--set=training.epochs=2",
            "--set=training.minibatch-size=" + MINIBATCH,
            "--set=evaluation.every-epochs=0",
            "--set=checkpoint.every-rounds=100")
        .orFail();
    List<Double> overheads = overheads(run.resolve("metrics.jsonl"));
    System.out.println("overhead of each round: " + overheads);
    assertThat(overheads).hasSize(ROUNDS);
    List<Double> sorted = overheads.stream().sorted().toList();
    assertThat(sorted.get(ROUNDS / 2)).as("median of %s", overheads).isLessThan(0.05);
  }

  private static List<Double> overheads(Path metrics) throws IOException {
    List<Double> overheads = new ArrayList<>();
    for (String line : Files.readAllLines(metrics)) {
      JsonNode round = new ObjectMapper().readTree(line);
      if (round.path("examples").asInt() == EXAMPLES_OF_A_ROUND) {
        JsonNode parts = round.path("parts");
        double work =
            Stream.of("read", "decode", "compute").mapToDouble(p -> parts.path(p).asDouble()).sum();
        System.out.println(round.path("seconds") + " s: " + parts);
        overheads.add(1 - work / round.path("seconds").asDouble());
      }
    }
    return overheads;
  }

  private Path model() throws IOException {
    Nd4jRuntime.load();
    String json =
        ResNet50.builder()
            .weightInit(new WeightInitRelu()) // its own is so wide that 50 layers overflow
            .numClasses(CLASSES)
            .inputShape(new int[] {3, SIDE, SIDE})
            .updater(new Nesterovs(1e-3, 0.9))
            .build()
            .graphBuilder()
            .build()
            .toJson();
    return Files.writeString(folder.resolve("resnet-50.json"), json);
  }

  private Path dataset() throws IOException {
    Path data = folder.resolve("data");
    Manifest manifest =
        new Manifest(
            Task.IMAGE_CLASSIFICATION,
            IntStream.range(0, CLASSES).mapToObj(i -> "class " + i).toList(),
            Images.of(
                new ImageShape(3, SIDE, SIDE),
                new ChannelStatistics(List.of(0.5, 0.5, 0.5), List.of(0.29, 0.29, 0.29))),
            Map.of(
                "train", List.of(shard(data, "train-00000", EXAMPLES)),
                "test", List.of(shard(data, "test-00000", MINIBATCH))));
    Files.write(data.resolve(Manifest.FILE_NAME), manifest.toJson());
    return data;
  }

  private static ShardInfo shard(Path data, String name, int examples) throws IOException {
    org.apache.hadoop.fs.Path directory = new org.apache.hadoop.fs.Path(data.toUri());
    List<byte[]> images = IntStream.range(0, 16).mapToObj(OverheadIT::image).toList();
    try (ShardWriter writer =
        new ShardWriter(Storage.fileSystem(directory, new Configuration()), directory, name)) {
      for (int i = 0; i < examples; i++) {
        String key = Checks.format("%07d", i);
        int label = i % CLASSES;
        writer.add(Example.ofImage(key, "png", images.get(i % images.size()), label), label);
      }
      return writer.finish();
    }
  }

  private static byte[] image(int seed) {
    SplittableRandom random = Seeds.random(seed + 1L);
    byte[] pixels = new byte[3 * SIDE * SIDE];
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = (byte) random.nextInt(256);
    }
    return PngEncoder.encode(new Image(3, SIDE, SIDE, pixels));
  }
}
