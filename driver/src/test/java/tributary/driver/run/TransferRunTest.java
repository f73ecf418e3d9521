package tributary.driver.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.api.java.JavaSparkContext;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import tributary.datasets.DataException;
import tributary.datasets.shard.Dataset;
import tributary.datasets.testing.FashionMnist;
import tributary.datasets.testing.HandMade;
import tributary.driver.checkpoint.Checkpoint;
import tributary.driver.conf.Settings;
import tributary.driver.report.Progress;
import tributary.driver.round.LocalSpark;
import tributary.worker.model.Dl4jZip;
import tributary.worker.model.ModelException;
import tributary.worker.model.ParameterTensor;
import tributary.worker.model.StateHash;

/** Runs that begin with what another run, or DL4J, has learned. */
@ExtendWith(FashionMnist.class)
@Timeout(120)
class TransferRunTest {
  private static final Configuration HADOOP = new Configuration();
  private static final List<String> FROZEN = List.of("conv1", "conv2");

  @TempDir static Path folder;

  private static Path data;

  @BeforeAll
  static void trainTheSource() throws Exception {
    data = FashionMnist.shards(160, 40, 70);
    start("source", "training.epochs=1");
  }

  @Test
  void frozenLayersStayAndTheOthersLearnFromARunAsFromAZip() throws Exception {
    Checkpoint source = latest("source");
    String[] settings = {
      "model.freeze-to=pool2", "model.replace-head=true", "optimizer.type=nesterovs"
    };
    String hash = start("fromRun", with("model.from=" + folder.resolve("source"), settings));

    Checkpoint first = SavedRun.open(checkpoint("fromRun", 0), HADOOP).checkpoint();
    Checkpoint end = latest("fromRun");
    for (ParameterTensor tensor : source.layout().tensors()) {
      boolean starts = Arrays.equals(part(source, tensor), part(first, tensor));
      boolean stays = Arrays.equals(part(first, tensor), part(end, tensor));
      assertThat(starts).as(tensor.name()).isEqualTo(!tensor.layer().equals("output"));
      assertThat(stays).as(tensor.name()).isEqualTo(FROZEN.contains(tensor.layer()));
    }
    Path zip = folder.resolve("source.zip");
    Files.write(zip, zip(source));
    assertThat(start("fromZip", with("model.from=" + zip, settings))).isEqualTo(hash);
  }

  @Test
  void aRunThatBeganWithAnotherGoesOnWithoutIt() throws Exception {
    String from = "model.from=" + checkpoint("source", 5);
    String undisturbed = start("whole", from, "model.freeze-to=conv1");
    start("stopped", from, "model.freeze-to=conv1", "training.epochs=1");

    Settings longer =
        Settings.of(
            List.of(RunFolder.open(path("stopped"), HADOOP).settings()),
            List.of("training.epochs=2", "model.from=" + folder.resolve("moved")));
    assertThatThrownBy(() -> resume("stopped", longer)).hasMessageContaining("model.from: ");
    Settings same =
        Settings.of(
            List.of(RunFolder.open(path("stopped"), HADOOP).settings()),
            List.of("training.epochs=2"));
    assertThat(resume("stopped", same)).isEqualTo(undisturbed);
  }

  @Test
  void otherClassesNeedANewHead() throws IOException {
    try (Dataset three = HandMade.dataset(folder.resolve("three"), 3)) {
      List<String> classes = three.manifest().classes();
      Settings settings = settings("model.from=" + folder.resolve("source"));
      assertThatThrownBy(() -> Models.initial(settings, three.manifest(), HADOOP))
          .isInstanceOf(DataException.class)
          .hasMessage(
              "The dataset's classes are not those that the model was trained on: expected "
                  + latest("source").trainedOn().classes()
                  + ", found "
                  + classes
                  + "; set model.replace-head: true, or pack it with --classes in the model's"
                  + " order");
    }
  }

  @Test
  void aModelThatIsNotThereIsRefused() throws IOException {
    Settings settings = settings("model.from=" + folder.resolve("nowhere"));
    try (Dataset dataset = Dataset.open(data.toString(), HADOOP)) {
      assertThatThrownBy(() -> Models.of(settings, dataset.manifest(), HADOOP))
          .isInstanceOf(ModelException.class)
          .hasMessage(
              "No model in "
                  + folder.resolve("nowhere")
                  + " (model.from): expected a run folder, one of its checkpoints, or a DL4J zip");
    }
  }

  private static byte[] zip(Checkpoint checkpoint) throws IOException {
    var bytes = new java.io.ByteArrayOutputStream();
    Dl4jZip.write(checkpoint.model(), checkpoint.state().model(), 5, 1, Map.of(), bytes);
    return bytes.toByteArray();
  }

  private static String[] with(String first, String... others) {
    List<String> all = new ArrayList<>(List.of(first));
    all.addAll(List.of(others));
    return all.toArray(String[]::new);
  }

  private static String start(String name, String... overrides) throws Exception {
    Settings settings = settings(overrides);
    try (JavaSparkContext spark = LocalSpark.ofSlots(2);
        Dataset dataset = Dataset.open(data.toString(), HADOOP);
        RunFolder run = RunFolder.create(path(name), settings, HADOOP)) {
      return hash(
          run(spark, settings, dataset, run)
              .start(Models.initial(settings, dataset.manifest(), HADOOP))
              .orElseThrow());
    }
  }

  private static String resume(String name, Settings settings) throws Exception {
    SavedRun saved = SavedRun.open(path(name), HADOOP);
    try (JavaSparkContext spark = LocalSpark.ofSlots(2);
        Dataset dataset = Dataset.open(data.toString(), HADOOP);
        RunFolder run = saved.folder().locked(settings)) {
      return hash(
          run(spark, settings, dataset, run)
              .resume(new Resumption(saved.checkpoint(), settings, dataset).unchanged())
              .orElseThrow());
    }
  }

  private static String hash(TrainingRun.Summary summary) {
    return StateHash.sha256(summary.state().model().parameters());
  }

  private static TrainingRun run(
      JavaSparkContext spark, Settings settings, Dataset dataset, RunFolder run) {
    return new TrainingRun(spark, settings, dataset, run, Progress.Terminal.NO, () -> false);
  }

  private static Settings settings(String... overrides) {
    List<String> all =
        new ArrayList<>(
            List.of(
                "data.path=" + data,
                "training.epochs=2",
                "training.local-steps=2",
                "training.minibatch-size=16",
                "evaluation.every-epochs=0",
                "checkpoint.every-rounds=1",
                "checkpoint.keep=100"));
    all.addAll(List.of(overrides));
    return Settings.of(List.of(), all);
  }

  private static Checkpoint latest(String name) throws IOException {
    return SavedRun.open(path(name), HADOOP).checkpoint();
  }

  private static String checkpoint(String name, int step) {
    return path(name) + "/checkpoints/" + tributary.datasets.Checks.format("step-%010d", step);
  }

  private static String path(String name) {
    return folder.resolve(name).toString();
  }

  private static float[] part(Checkpoint checkpoint, ParameterTensor tensor) {
    int from = Math.toIntExact(tensor.offset());
    return Arrays.copyOfRange(
        checkpoint.state().model().parameters(), from, from + Math.toIntExact(tensor.size()));
  }
}
