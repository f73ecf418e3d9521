package tributary.driver.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.spark.SparkEnv;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tributary.datasets.testing.HandMade;
import tributary.driver.Version;
import tributary.driver.checkpoint.TinyCheckpoint;
import tributary.driver.conf.Settings;
import tributary.worker.model.Zoo;

class CommandLineTest {
  private final StringWriter output = new StringWriter();
  private final StringWriter errors = new StringWriter();
  private SparkEnv sparkBefore;

  @TempDir Path folder;

  @BeforeEach
  void rememberSpark() {
    sparkBefore = SparkEnv.get();
  }

  @AfterEach
  void noCommandHereStartsSpark() {
    assertThat(SparkEnv.get()).isSameAs(sparkBefore);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "pack",
        "train",
        "evaluate",
        "export",
        "extract",
        "search",
        "generate",
        "inspect",
        "simulate"
      })
  void everyHelpNamesTheLaunchersOptionsAndTheExitCodes(String command) {
    String name = command.isEmpty() ? "tributary" : "tributary " + command;

    assertThat(run((command + " --help").strip().split(" "))).isZero();

    assertThat(output.toString())
        .startsWith("Usage: " + name + " ")
        .contains("--master URL", "--spark KEY=VALUE", "--driver-memory SIZE")
        .contains("Exit codes: 0 ok, 2 usage");
    assertThat(errors.toString()).isEmpty();
  }

  @Test
  void helpIsACommandToo() {
    assertThat(run("help", "train")).isZero();
    assertThat(output.toString()).startsWith("Usage: tributary train ");
  }

  @ParameterizedTest
  @ValueSource(strings = {"--version", "train --version"})
  void versionIsTheBuilds(String arguments) {
    assertThat(run(arguments.split(" "))).isZero();
    assertThat(output.toString().strip()).isEqualTo("tributary " + Version.current());
  }

  @Test
  void aUsageErrorSaysWhatIsWrong() {
    requireUsageError("Unmatched argument at index 0: 'fly'", "fly");
    requireUsageError("Name a command");
    requireUsageError("Unknown options: '--epoch', '3'", "train", "--epoch", "3");
    requireUsageError("Missing required option: '--run=RUN'", "evaluate");
    requireUsageError(
        "--run names a new run, --resume an old one", "train", "--run=a", "--resume=b");
    requireUsageError(
        "--allow-changes is about a run that goes on: give --resume, too",
        "train",
        "--allow-changes");
    requireUsageError(
        "--input: expected channels, height and width such as 3x224x224, found 28x28",
        "inspect",
        "--model=lenet",
        "--input=28x28");
    requireUsageError("'--to=DIR'", "extract");
    requireUsageError(
        "--image FILE and --run RUN belong together", "search", "--in=a", "--image=b");
    requireUsageError(
        "--top: expected a whole number from 1 to 100000, found 0",
        "search",
        "--in=a",
        "--key=b",
        "--top=0");
    requireUsageError("Missing required option: '--run=RUN'", "generate");
    requireUsageError(
        "--length: expected a whole number >= 1, found 0", "generate", "--run=a", "--length=0");
    requireUsageError(
        "--temperature: expected a number >= 0, found -0.5",
        "generate",
        "--run=a",
        "--temperature=-0.5");
    requireUsageError(
        "--temperature: expected a number >= 0, found NaN",
        "generate",
        "--run=a",
        "--temperature=NaN");
    requireUsageError(
        "--top-k: expected a whole number >= 0, found -1", "generate", "--run=a", "--top-k=-1");
    requireUsageError("--data", "inspect");
    requireUsageError(
        "expected one of [idx, image-folder, ", "pack", "--from=jpeg", "--input=a", "--to=b");
    requireUsageError("Give --replicas for accuracies, --bandwidth for wall times", "simulate");
    requireUsageError(
        "--outer: expected average, slowmo or nesterov, found sgd",
        "simulate",
        "--replicas=1",
        "--outer=sgd");
    requireUsageError(
        "bandwidth: expected bits a second such as 10Gbit or 100Mbit, found 10GB",
        "simulate",
        "--bandwidth=10GB");
    requireUsageError(
        "--set: training.local-steps: expected a whole number in 1..1000000, or auto, found 0",
        "simulate",
        "--replicas=1",
        "--local-steps=0");
    requireUsageError(
        "--shard-size: expected a whole number >= 1, found 0",
        "pack",
        "--from=idx",
        "--input=a",
        "--to=b",
        "--shard-size=0");
    requireUsageError(
        "--charset: expected an encoding that Java knows and that has ASCII's bytes, found UTF-16",
        "pack",
        "--from=csv",
        "--input=a",
        "--to=b",
        "--charset=UTF-16");
    requireUsageError(
        "--vocabulary: expected characters, words, forms or bpe, and perhaps a size of 5 to"
            + " 1000000, such as words:20000, found 'words:1'",
        "pack",
        "--from=csv",
        "--input=a",
        "--to=b",
        "--vocabulary=words:1");
    requireUsageError(
        "--image-column: expected a column",
        "pack",
        "--from=image-captions",
        "--input=a.csv",
        "--to=b",
        "--image-column=");
  }

  @Test
  void everyProblemOfAConfigurationIsOnStandardError() throws IOException {
    Path file = folder.resolve("my.yaml");
    Files.writeString(
        file, "training:\n  local-step: 1\n  replicas: many\noptimizer.momentum: 2\n");

    assertThat(run("train", "--conf", file.toString())).isEqualTo(2);

    assertThat(errors.toString().lines())
        .containsExactly(
            "error: "
                + file
                + ":2: unknown key training.local-step; the nearest known key is"
                + " training.local-steps",
            file + ":3: training.replicas: expected a whole number in 1..65536, found many",
            file + ":4: optimizer.momentum: expected a number >= 0 and < 1, found 2");
    assertThat(output.toString()).isEmpty();
  }

  @Test
  void aConfigurationFileThatCannotBeReadIsAUsageError() throws IOException {
    Path latin1 = Files.write(folder.resolve("latin1.yaml"), new byte[] {'#', (byte) 0xe4});

    requireError(2, "--conf " + latin1 + ": not UTF-8", "train", "--conf", latin1.toString());
    requireError(2, "--conf " + folder + ": can't be read: ", "train", "--conf", folder.toString());
    requireError(
        2, "--conf nowhere: no such file, and no recipe of that name", "train", "--conf=nowhere");
  }

  @Test
  void foldersWhoseClassesDoNotFitAreToldBeforeSparkStarts() throws IOException {
    for (String name : List.of("train/cat", "train/dog", "test/cow")) {
      Files.createDirectories(folder.resolve("images").resolve(name));
    }
    String input = "--input=" + folder.resolve("images");
    requireError(
        3,
        "images/test has the classes [cow], which split train has not: expected [cat, dog]",
        "pack",
        "--from=image-folder",
        input,
        "--to=b");
    requireError(
        3,
        "are not what --classes names: expected [cat], found [cat, dog]",
        "pack",
        "--from=image-folder",
        input,
        "--to=b",
        "--classes=cat");
  }

  @Test
  void aTableOfCaptionsIsReadByTheColumnsThatTheUserNames() throws IOException {
    Path table = Files.writeString(folder.resolve("captions.csv"), "picture,caption\n");
    requireError(
        3,
        "captions.csv: it has no column 'image' (--image-column); its header names [picture,",
        "pack",
        "--from=image-captions",
        "--input=" + table,
        "--to=b",
        "--text-column=caption");
    requireError(
        3,
        "captions.csv: it has no column 'text' (--text-column); its header names [picture,",
        "pack",
        "--from=image-captions",
        "--input=" + table,
        "--to=b",
        "--image-column=picture");
  }

  @Test
  void trainingNeedsADataset() {
    requireError(2, "data.path is not set: name a packed dataset with --data DIR", "train");
    Path missing = folder.resolve("missing");
    requireError(3, missing.toString(), "train", "--data", missing.toString());
    requireError(3, missing.toString(), "inspect", "--data", missing.toString());
  }

  @Test
  void aSplitThatTheDatasetLacksIsTold() {
    HandMade.dataset(folder.resolve("data"), 3);

    requireError(3, "train", "train", "--data", folder.resolve("data").toString());
    assertThat(errors.toString()).contains("test");
  }

  @Test
  void aFolderWithoutARunIsTold() {
    String expected = "No run in " + folder + ": expected a file ";
    requireError(4, expected, "train", "--resume", folder.toString());
    requireError(4, expected, "evaluate", "--run", folder.toString());
    requireError(4, expected, "generate", "--run", folder.toString());
    requireError(4, expected, "inspect", "--run", folder.toString());
    requireError(4, expected, "inspect", "--checkpoint", folder + "/checkpoints/step-0000000001");
  }

  @Test
  void printedSettingsAreTheEffectiveOnes() throws IOException {
    Path file = Files.writeString(folder.resolve("my.yaml"), "training.seed: 7\n");

    assertThat(
            run(
                "train",
                "--conf",
                file.toString(),
                "--data=x",
                "--set",
                "training.epochs=3",
                "--print-conf"))
        .isZero();

    assertThat(output.toString())
        .contains("path: \"x\" # --set", "seed: 7 # " + file + ":1", "epochs: 3 # --set")
        .isEqualTo(
            Settings.of(
                    List.of(new Settings.Source("training.seed: 7", file.toString())),
                    List.of("training.epochs=3", "data.path=x"))
                .toYaml());
  }

  @Test
  void aRecipeIsFoundByItsNameAlone() {
    assertThat(run("train", "--conf", "fashion-mnist-lenet", "--print-conf")).isZero();
    assertThat(output.toString()).contains("# recipe fashion-mnist-lenet:");
  }

  @Test
  void lenetHas431080Parameters() throws IOException {
    assertThat(run("inspect", "--model", "lenet")).isZero();
    assertThat(output.toString().lines())
        .anyMatch(line -> line.matches("conv1 +ConvolutionLayer +520 .*"))
        .anyMatch(line -> line.matches("fc1 +DenseLayer +400500 .*"))
        .anyMatch(line -> line.matches("total +multi-layer +431080"))
        .anyMatch(line -> line.matches("engine nd4j +runs it"))
        .anyMatch(line -> line.matches("engine torch +runs it"));

    JsonNode json = json("inspect", "--model", "lenet", "--json");
    assertThat(json.path("parameters").asLong()).isEqualTo(431_080);
    assertThat(json.path("kind").asText()).isEqualTo("multi-layer");
    assertThat(json.path("layers")).hasSize(6);
    assertThat(json.at("/layers/0/shapes/0_W").toString()).isEqualTo("[20,1,5,5]");
  }

  @Test
  void lenetIsBuiltForTheGivenImages() throws IOException {
    JsonNode json = json("inspect", "--model=lenet", "--input=3x32x32", "--classes=100", "--json");

    assertThat(json.at("/layers/0/shapes/0_W").toString()).isEqualTo("[20,3,5,5]");
    assertThat(json.at("/layers/5/shapes/5_W").toString()).isEqualTo("[500,100]");
    requireError(
        2,
        "lenet needs images of at least 16x16, found 8x8",
        "inspect",
        "--model=lenet",
        "--input=1x8x8");
  }

  @Test
  void aModelIsShownWithWhatAnExampleCosts() throws IOException {
    assertThat(run("inspect", "--model=lenet")).isZero();
    assertThat(output.toString().lines())
        .anyMatch(line -> line.matches("conv1 +0\\.576 +20x24x24")) // 2 x 24 x 24 x 20 x 25
        .anyMatch(line -> line.matches("pool2 +0\\.000 +50x4x4"))
        .anyMatch(line -> line.startsWith("forward pass of one example: 0.0046 GFLOP"))
        .anyMatch(line -> line.startsWith("memory of one example: 0.079 MB"));

    JsonNode json = json("inspect", "--model=char-lm", "--input=50x16", "--classes=50", "--json");
    assertThat(json.at("/cost/layers/1/name").asText()).isEqualTo("lstm1");
    assertThat(json.at("/cost/layers/1/output").asText()).isEqualTo("256x16");
    assertThat(json.at("/cost/layers/1/mflop").asDouble())
        .isEqualTo(2.0 * 16 * 4 * 256 * (64 + 256) / 1e6);
    requireUsageError(
        "--input: expected vocabulary and steps such as 20000x64, found 1x28x28",
        "inspect",
        "--model=char-lm",
        "--input=1x28x28");
  }

  @Test
  void aModelFileIsShown() throws IOException {
    Path file = folder.resolve("net.json");
    Files.writeString(file, TinyCheckpoint.at(1).model().json(), StandardCharsets.UTF_8);

    JsonNode json = json("inspect", "--model", file.toString(), "--json");

    assertThat(json.path("parameters").asLong()).isEqualTo(40 + 16 + 111);
    assertThat(json.path("optimizer-values").asLong()).isEqualTo(2 * (40 + 8 + 111));
    assertThat(json.path("learnt-parameters").asLong()).isEqualTo(40 + 8 + 111);
    assertThat(json.has("cost")).isFalse();
  }

  @Test
  void anUnknownModelIsToldWithTheKnown() throws IOException {
    requireError(
        2,
        "No model file lenet5; name a DL4J configuration as JSON, or one of " + Zoo.names(),
        "inspect",
        "--model=lenet5");
    Path file = Files.writeString(folder.resolve("net.json"), "{\"@class\": \"java.io.File\"}");
    requireError(
        2,
        "Refused the model configuration " + file + ": it names classes that are not DL4J's",
        "inspect",
        "--model",
        file.toString());
  }

  private void requireUsageError(String expected, String... arguments) {
    requireError(2, expected, arguments);
  }

  private void requireError(int exitCode, String expected, String... arguments) {
    assertThat(run(arguments)).as(errors.toString()).isEqualTo(exitCode);
    assertThat(errors.toString()).contains(expected).doesNotContain("\tat ");
    assertThat(output.toString()).isEmpty();
  }

  private JsonNode json(String... arguments) throws IOException {
    assertThat(run(arguments)).as(errors.toString()).isZero();
    return new ObjectMapper().readTree(output.toString());
  }

  private int run(String... arguments) {
    output.getBuffer().setLength(0);
    errors.getBuffer().setLength(0);
    return Tributary.run(
        new PrintWriter(output),
        new PrintWriter(errors),
        arguments.length == 1 && arguments[0].isEmpty() ? new String[0] : arguments);
  }
}
