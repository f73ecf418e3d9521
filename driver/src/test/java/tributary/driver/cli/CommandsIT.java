package tributary.driver.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import tributary.datasets.Sha256;
import tributary.datasets.shard.Dataset;
import tributary.datasets.testing.FashionMnist;
import tributary.datasets.testing.Folders;
import tributary.driver.cluster.Outcome;

/** Every command on the first real images, each in its own process. */
@ExtendWith(FashionMnist.class)
class CommandsIT {
  private static final Duration DEADLINE = Duration.ofMinutes(2);
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int TRAIN = 600;
  private static final int TEST = 200;

  @TempDir static Path folder;

  private static Path data;
  private static Path run;
  private static JsonNode trained;

  /**
   * 600 images, two replicas of two steps of 16: nine full rounds and one of a single short step.
   */
  @BeforeAll
  static void packAndTrain() throws IOException {
    data = folder.resolve("data");
    run = folder.resolve("run");
    Path idx = Files.createDirectory(folder.resolve("idx"));
    cut("train", TRAIN, idx);
    cut("t10k", TEST, idx);

    JsonNode packed = json(pack(idx, "--json"));
    assertThat(packed.at("/splits/train/examples").asInt()).isEqualTo(TRAIN);
    assertThat(packed.at("/splits/train/shards").asInt()).isEqualTo(3);
    assertThat(packed.at("/splits/test/examples").asInt()).isEqualTo(TEST);

    trained = json(train(data, run, "--json"));
    assertThat(trained.path("rounds").asInt()).isEqualTo(10);
    assertThat(trained.path("examples").asInt()).isEqualTo(TRAIN);
    assertThat(trained.path("accuracy").asDouble()).isBetween(0.3, 1.0);
  }

  @Test
  void aDatasetIsNotPackedOver() {
    Outcome outcome = pack(folder.resolve("idx"));

    requireError(outcome, 3, "The folder " + data + " holds a dataset already; remove it");
  }

  @Test
  void evaluationAgreesWithTraining() throws IOException {
    JsonNode evaluated = json(run("evaluate", "--run", run.toString(), "--json"));

    assertThat(evaluated.path("examples").asInt()).isEqualTo(TEST);
    assertThat(evaluated.path("accuracy")).isEqualTo(trained.path("accuracy"));
    assertThat(evaluated.path("loss")).isEqualTo(trained.path("loss"));
    assertThat(evaluated.path("step")).isEqualTo(trained.path("steps"));
    assertThat(evaluated.path("classes")).hasSize(FashionMnist.CLASSES.size());
  }

  @Test
  void featuresAreExtractedProbedAndSearched() throws IOException {
    Path features = folder.resolve("features");
    JsonNode extracted =
        json(
            run(
                "extract",
                "--run=" + run,
                "--data=" + data,
                "--to=" + features,
                "--normalize",
                "--probe",
                "--json"));
    assertThat(extracted.path("rows").asInt()).isEqualTo(TRAIN + TEST);
    assertThat(extracted.at("/layers/fc1").asInt()).isEqualTo(500);
    assertThat(extracted.at("/probes/fc1/test-examples").asInt()).isEqualTo(TEST);
    assertThat(extracted.at("/probes/fc1/test-accuracy").asDouble()).isGreaterThan(0.6);

    Path image = folder.resolve("query.png");
    Path page = folder.resolve("neighbours.html");
    try (Dataset dataset = Dataset.open(data.toUri().toString(), new Configuration())) {
      Files.write(image, dataset.read("test", 17).example().image().orElseThrow().getValue());
    }
    JsonNode found =
        json(
            run(
                "search",
                "--in=" + features,
                "--image=" + image,
                "--run=" + run,
                "--measure=euclidean",
                "--top=3",
                "--html=" + page,
                "--json"));
    assertThat(found.path("neighbours")).hasSize(3);
    assertThat(found.at("/neighbours/0/split").asText()).isEqualTo("test");
    assertThat(found.at("/neighbours/0/euclidean").asDouble()).isCloseTo(0, within(1e-5));
    assertThat(Pattern.compile("<img ").matcher(Files.readString(page)).results())
        .as("pictures of the query and its neighbours")
        .hasSize(1 + 3);

    String key = found.at("/neighbours/0/key").asText();
    JsonNode others = json(run("search", "--in=" + features, "--key=" + key, "--json"));
    assertThat(others.path("neighbours")).hasSize(10);
    assertThat(others.path("neighbours").findValuesAsText("key"))
        .as("an example is no neighbour of its own")
        .doesNotContain(key);
  }

  @Test
  void anUnknownLayerIsRefusedWithTheLayersThatThereAre() {
    requireError(
        run("extract", "--run=" + run, "--data=" + data, "--to=" + folder, "--layer=fc9"),
        2,
        "The network has no layer fc9; its layers are [conv1, pool1, conv2, pool2, fc1, output],"
            + " and input is what it reads");
  }

  @Test
  void aRunAndItsCheckpointsCanBeInspected() throws IOException {
    JsonNode inspected = json(run("inspect", "--run", run.toString(), "--json"));
    assertThat(inspected.at("/position/round").asInt()).isEqualTo(10);
    assertThat(inspected.path("checkpoints")).hasSize(3);
    String last = inspected.path("checkpoints").get(2).asText();

    JsonNode checkpoint =
        json(run("inspect", "--checkpoint", run + "/checkpoints/" + last, "--json"));
    assertThat(checkpoint.path("parameters-sha256")).isEqualTo(trained.path("parameters-sha256"));
    assertThat(checkpoint.path("parameters").asInt()).isEqualTo(431_080);

    assertThat(run("inspect", "--run", run.toString()).orFail().output())
        .startsWith("run " + run + System.lineSeparator())
        .contains(
            "after round 10: epoch 1, example 0, step 19",
            "epoch 0: trained 600 examples of 3 shards",
            "ledger: every example once an epoch",
            "local-steps: 2 # --set");
  }

  @Test
  void aLedgerThatDoesNotFitTheDataIsAnErrorWithTheShard() throws IOException {
    Path copy = folder.resolve("run-forged");
    Folders.copy(run, copy);
    Path ledger = copy.resolve("ledger.jsonl");
    List<String> lines = Files.readAllLines(ledger);
    Files.write(ledger, lines.subList(0, lines.size() - 1)); // as if a round had trained nothing

    Outcome outcome = run("inspect", "--run", copy.toString(), "--json");
    assertThat(outcome.exitCode()).isEqualTo(3);
    assertThat(JSON.readTree(outcome.lastLine()).path("ledger-faults").toString())
        .contains("epoch 0, shard 0: expected 250 examples, trained ");

    JsonNode round = JSON.readTree(Files.readAllLines(run.resolve("metrics.jsonl")).get(0));
    double sum = 0;
    for (JsonNode part : round.path("parts")) {
      sum += part.asDouble();
    }
    assertThat(sum)
        .as("parts of %s", round)
        .isCloseTo(round.path("seconds").asDouble(), within(1e-6));
  }

  @Test
  void roundsWithoutTrainingAreMeasuredOnProcessesOfTheirOwn() throws IOException {
    JsonNode report =
        json(
            run(
                "bench",
                "round",
                "--parameters",
                "300000",
                "--replicas",
                "3",
                "--executors",
                "2",
                "--rounds",
                "3",
                "--warm-up",
                "1",
                "--executor-megabytes",
                "512",
                "--json"));
    assertThat(report.at("/round-seconds/median").asDouble()).isPositive();
    assertThat(report.path("driver-read-bytes").asDouble()).isBetween(1.2e6, 3e6);

    requireError(run("bench", "round", "--parameters", "0"), 2, "--parameters must be >= 1, got 0");
  }

  @Test
  void aDatasetCanBeInspectedAndVerified() throws IOException {
    JsonNode inspected = json(run("inspect", "--data", data.toString(), "--verify", "--json"));
    assertThat(inspected.path("image").asText()).isEqualTo("1x28x28");
    assertThat(inspected.at("/splits/test/shards").asInt()).isEqualTo(1);
    JsonNode counts = inspected.at("/splits/train/classes");
    assertThat(counts.fieldNames()).toIterable().containsExactlyElementsOf(FashionMnist.CLASSES);
    assertThat(counts.findValues("bag")).isNotEmpty();
    assertThat(sum(counts)).isEqualTo(600);
    assertThat(inspected.path("mean-image-sha256").asText())
        .isEqualTo(Sha256.hexOf(Files.readAllBytes(data.resolve("mean.png"))));

    assertThat(run("inspect", "--data", data.toString()).orFail().output())
        .contains("train: 600 examples in 3 shards", "    t-shirt: ");
  }

  private static long sum(JsonNode counts) {
    long sum = 0;
    for (JsonNode count : counts) {
      sum += count.asLong();
    }
    return sum;
  }

  @Test
  void aDamagedShardEndsTrainingWithItsPlace() throws IOException {
    Path damaged = folder.resolve("damaged");
    Folders.copy(data, damaged);
    Path shard = damaged.resolve("train-00001.tar");
    byte[] bytes = Files.readAllBytes(shard);
    bytes[600] ^= 1; // in the first image, after its header of 512 bytes
    Files.write(shard, bytes);

    requireError(
        train(damaged, folder.resolve("run-damaged")),
        3,
        "Corrupt shard",
        shard.getFileName().toString(),
        "0000250",
        "byte 0");
    requireError(
        run("inspect", "--data", damaged.toString(), "--verify"),
        3,
        "Corrupt shard",
        shard.getFileName().toString());
  }

  @Test
  void divergedTrainingKeepsItsLastCheckpoint() {
    Path diverged = folder.resolve("run-diverged");

    Outcome outcome =
        train(
            data,
            diverged,
            "--set",
            "optimizer.learning-rate=1e6",
            "--set",
            "training.local-steps=1",
            "--set",
            "checkpoint.every-rounds=1");

    requireError(outcome, 5, "Training diverged in round ", "lower optimizer.learning-rate");
    List<String> checkpoints = Folders.names(diverged.resolve("checkpoints"));
    assertThat(checkpoints).isNotEmpty().noneMatch(name -> name.startsWith("."));
    String last = checkpoints.get(checkpoints.size() - 1);
    run("inspect", "--checkpoint", diverged + "/checkpoints/" + last).orFail();
  }

  @Test
  void badInputIsRefusedBeforeSparkStarts() throws IOException {
    Path conf = folder.resolve("my.yaml");
    Files.writeString(conf, "training:\n  local-step: 1\n  replicas: many\n  epochs: 0\n");
    Outcome outcome = run("train", "--conf", conf.toString());
    requireError(
        outcome,
        2,
        conf + ":2: unknown key training.local-step",
        conf + ":3: training.replicas: expected",
        conf + ":4: training.epochs: expected");
    assertThat(outcome.errors().lines()).hasSize(3);

    String missing = folder.resolve("missing").toString();
    requireError(run("train", "--data", missing), 3, missing);
  }

  private static void requireError(Outcome outcome, int exitCode, String... words) {
    assertThat(outcome.exitCode()).as("%s", outcome).isEqualTo(exitCode);
    assertThat(outcome.errors()).contains(words).doesNotContain("\tat ", "Exception");
    assertThat(outcome.output()).isEmpty();
  }

  private static Outcome pack(Path idx, String... more) {
    return run(
        List.of(
            "pack",
            "--from=idx",
            "--input=" + idx,
            "--to=" + data,
            "--shard-size=250",
            "--classes=" + String.join(",", FashionMnist.CLASSES)),
        more);
  }

  private static Outcome train(Path dataset, Path into, String... more) {
    return run(
        List.of(
            "train",
            "--data=" + dataset,
            "--run=" + into,
            "--set=training.local-steps=2",
            "--set=training.minibatch-size=16",
            "--set=checkpoint.every-rounds=2"),
        more);
  }

  private static Outcome run(List<String> arguments, String... more) {
    return run(Stream.concat(arguments.stream(), Arrays.stream(more)).toArray(String[]::new));
  }

  private static Outcome run(String... arguments) {
    return tributary.driver.cluster.Tributary.run(DEADLINE, arguments);
  }

  private static JsonNode json(Outcome outcome) throws IOException {
    return JSON.readTree(outcome.orFail().lastLine());
  }

  /** Writes the first examples of one pair of IDX files. */
  private static void cut(String split, int examples, Path into) throws IOException {
    List<String> names = new ArrayList<>(Folders.names(FashionMnist.directory()));
    names.removeIf(name -> !name.startsWith(split));
    assertThat(names).hasSize(2);
    for (String name : names) {
      int headerInts = name.contains("images") ? 4 : 2;
      int bytesEach = name.contains("images") ? 28 * 28 : 1;
      Path target = into.resolve(name.replace(".gz", ""));
      try (DataInputStream in = new DataInputStream(open(FashionMnist.directory().resolve(name)));
          DataOutputStream out = new DataOutputStream(Files.newOutputStream(target))) {
        for (int i = 0; i < headerInts; i++) {
          int value = in.readInt();
          out.writeInt(i == 1 ? examples : value);
        }
        out.write(in.readNBytes(examples * bytesEach));
      }
    }
  }

  private static InputStream open(Path file) throws IOException {
    InputStream in = new BufferedInputStream(Files.newInputStream(file));
    return file.toString().endsWith(".gz") ? new GZIPInputStream(in) : in;
  }
}
