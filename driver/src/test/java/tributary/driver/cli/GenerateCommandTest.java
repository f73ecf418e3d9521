package tributary.driver.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.api.java.JavaSparkContext;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tributary.datasets.shard.Dataset;
import tributary.datasets.source.PackSettings;
import tributary.datasets.source.SourceFormat;
import tributary.datasets.testing.LocalPack;
import tributary.datasets.testing.TextData;
import tributary.driver.checkpoint.TinyCheckpoint;
import tributary.driver.conf.Key;
import tributary.driver.conf.Settings;
import tributary.driver.report.Progress;
import tributary.driver.round.LocalSpark;
import tributary.driver.run.Datasets;
import tributary.driver.run.Models;
import tributary.driver.run.RunFolder;
import tributary.driver.run.TrainingRun;

/** On a run that has learned one line by heart. */
@Tag("spark")
@Timeout(120)
class GenerateCommandTest {
  private static final Configuration HADOOP = new Configuration();
  private static final String LINE = "the quick fox";

  @TempDir static Path folder;

  private final StringWriter output = new StringWriter();
  private final StringWriter errors = new StringWriter();

  @BeforeAll
  static void train() throws Exception {
    Path in = folder.resolve("in");
    TextData.write(in.resolve("train.txt"), (LINE + "\n").repeat(400));
    TextData.write(in.resolve("test.txt"), (LINE + "\n").repeat(20));
    Path data = folder.resolve("data");
    LocalPack.pack(
        TextData.open(SourceFormat.LINES, TextData.columns("label", "text"), in),
        PackSettings.of(200, 1),
        data);
    Settings settings =
        Settings.of(
            List.of(),
            List.of(
                "data.path=" + data,
                "model.width=24",
                "model.depth=1",
                "optimizer.learning-rate=0.03",
                "input.sequence-length=14",
                "training.replicas=1",
                "training.minibatch-size=4",
                "training.local-steps=25",
                "training.epochs=3"));
    try (Dataset dataset =
            Datasets.open(settings, HADOOP, List.of(Key.TRAIN_SPLIT, Key.EVALUATION_SPLIT));
        JavaSparkContext spark = LocalSpark.ofSlots(1);
        RunFolder run = RunFolder.create(path("run"), settings, HADOOP)) {
      TrainingRun training =
          new TrainingRun(spark, settings, dataset, run, Progress.Terminal.NO, () -> false);
      assertThat(training.start(Models.initial(settings, dataset.manifest(), HADOOP))).isPresent();
    }
  }

  @Test
  void goesOnWithThePrimeAndStartsDocumentsAnew() {
    assertThat(generate("--temperature=0", "--length=24", "--prime=the q")).isZero();
    assertThat(output.toString()).isEqualTo(LINE + "\n" + LINE + "\n" + "t" + "\n");
    assertThat(errors.toString()).isEmpty();

    assertThat(generate("--temperature=0", "--length=14")).isZero();
    assertThat(output.toString()).isEqualTo(LINE + "\n\n");
  }

  @Test
  void bothEnginesAndTheSameSeedWriteTheSameText() {
    String[] drawn = {"--temperature=5", "--top-k=12", "--seed=3", "--length=60", "--prime=fox"};
    assertThat(generate(drawn)).isZero();
    String first = output.toString();
    assertThat(first).startsWith("fox").hasSize(3 + 60 + 1);
    assertThat(generate(drawn)).isZero();
    assertThat(output.toString()).isEqualTo(first);

    String[] more = Arrays.copyOf(drawn, drawn.length + 1);
    more[drawn.length] = "--set=engine.type=nd4j";
    assertThat(generate(more)).as(errors.toString()).isZero();
    assertThat(output.toString()).isEqualTo(first);
    drawn[2] = "--seed=4";
    assertThat(generate(drawn)).isZero();
    assertThat(output.toString()).isNotEqualTo(first);
  }

  @Test
  void theJsonObjectComesAfterTheText() throws IOException {
    assertThat(generate("--temperature=0", "--length=5", "--prime=the q", "--json")).isZero();

    List<String> lines = output.toString().lines().toList();
    assertThat(lines).hasSize(2).startsWith("the quick ");
    JsonNode json = new ObjectMapper().readTree(lines.get(1));
    assertThat(json.path("prime").asText()).isEqualTo("the q");
    assertThat(json.path("text").asText()).isEqualTo("uick ");
    assertThat(json.path("tokens").asInt()).isEqualTo(5);
    assertThat(json.path("step").asLong()).isPositive();
    assertThat(json.path("seed").asLong()).isEqualTo(1);
  }

  @Test
  void lettersThatTheModelNeverSawAreNamed() {
    assertThat(generate("--temperature=0", "--length=4", "--prime=thé ZZ")).isZero();
    assertThat(errors.toString())
        .isEqualTo("--prime: the model does not know [é, Z]; it reads <unknown> instead\n");
    assertThat(output.toString()).startsWith("th\ufffd \ufffd\ufffd").hasSize(6 + 4 + 1);
  }

  @Test
  void aRunOnImagesIsRefused() throws IOException {
    Settings settings = Settings.of(List.of(), List.of());
    try (RunFolder run = RunFolder.create(path("images"), settings, HADOOP)) {
      run.checkpoints().save(TinyCheckpoint.at(3), 1);
    }
    assertThat(run("generate", "--run", path("images"))).isEqualTo(ExitCode.USAGE);
    assertThat(errors.toString())
        .isEqualTo(
            "error: --run: expected a run of task language-model, found "
                + path("images")
                + ", one of image-classification, which tells apart [cat, dog, größer \"als\"]\n");
    assertThat(output.toString()).isEmpty();
  }

  private static String path(String name) {
    return folder.resolve(name).toString();
  }

  private int generate(String... options) {
    String[] arguments = new String[options.length + 3];
    arguments[0] = "generate";
    arguments[1] = "--run";
    arguments[2] = path("run");
    System.arraycopy(options, 0, arguments, 3, options.length);
    return run(arguments);
  }

  private int run(String... arguments) {
    output.getBuffer().setLength(0);
    errors.getBuffer().setLength(0);
    return Tributary.run(new PrintWriter(output), new PrintWriter(errors), arguments);
  }
}
