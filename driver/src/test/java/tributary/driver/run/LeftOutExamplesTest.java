package tributary.driver.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.api.java.JavaSparkContext;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import tributary.datasets.DataException;
import tributary.datasets.shard.BadExample;
import tributary.datasets.shard.Dataset;
import tributary.datasets.testing.BrokenImages;
import tributary.datasets.testing.FashionMnist;
import tributary.datasets.testing.Folders;
import tributary.driver.conf.Settings;
import tributary.driver.report.LedgerFile;
import tributary.driver.report.Progress;
import tributary.driver.report.Quarantine;
import tributary.driver.round.LocalSpark;
import tributary.worker.engine.Replica;
import tributary.worker.executor.Engines;
import tributary.worker.executor.ReplicaSetup;
import tributary.worker.model.ModelConfiguration;
import tributary.worker.model.ModelState;
import tributary.worker.model.Network;
import tributary.worker.model.StateHash;
import tributary.worker.train.LocalTrainer;
import tributary.worker.train.Position;
import tributary.worker.train.RoundPlan;
import tributary.worker.train.RoundResult;
import tributary.worker.train.StepWatch;
import tributary.worker.train.TrainingInput;

/** Runs of two epochs of five rounds on real images, of which some are broken. */
@Tag("spark")
@Timeout(180)
@ExtendWith(FashionMnist.class)
class LeftOutExamplesTest {
  private static final Configuration HADOOP = new Configuration();
  private static final Set<Long> TRAIN = Set.of(0L, 31L, 32L, 100L, 159L);
  private static final Set<Long> TEST = Set.of(5L, 20L);

  @TempDir static Path folder;

  private static String data;
  private static String expected;

  @BeforeAll
  static void spoil() throws Exception {
    Path spoilt = folder.resolve("data");
    BrokenImages.copy(
        FashionMnist.shards(160, 40, 70), spoilt, Map.of("train", TRAIN, "test", TEST));
    data = spoilt.toString();
    expected = start(2, "undisturbed", settings("skip", 0.1)).hash();
  }

  @Test
  void oneTaskSlotComesToTheBitsOfTwoAndListsEachBadExampleOnce() throws Exception {
    Ended one = start(1, "one", settings("skip", 0.1));
    assertThat(one.hash()).isEqualTo(expected);
    assertThat(one.summary().badExamples()).isEqualTo(7);
    assertThat(one.summary().examples()).isEqualTo(2 * (160 - 5));
    assertThat(one.summary().evaluation().labels()).isEqualTo(38);
    assertThat(quarantine("one")).isEqualTo(quarantine("undisturbed"));
    List<BadExample> listed = Quarantine.read(hadoop("one/quarantine.jsonl"), HADOOP);
    assertThat(listed)
        .filteredOn(bad -> bad.split().equals("train"))
        .extracting(BadExample::number)
        .containsExactlyInAnyOrderElementsOf(TRAIN);
    assertThat(listed)
        .filteredOn(bad -> bad.split().equals("test"))
        .extracting(BadExample::number)
        .containsExactlyInAnyOrderElementsOf(TEST);
    assertThat(Files.readString(folder.resolve("one/metrics.jsonl")))
        .contains("\"bad-examples\":2");
  }

  @Test
  void replicasThatTrainOneAfterTheOtherAndAreAveragedByHandComeToTheSameBits() throws Exception {
    Settings settings = settings("skip", 0.1);
    try (Dataset dataset = Dataset.open(data, HADOOP)) {
      ModelConfiguration model = Models.of(settings, dataset.manifest(), HADOOP);
      ReplicaSetup setup = ReplicaSetups.training(settings, dataset, model);
      LocalTrainer trainer =
          new LocalTrainer(
              TrainingInput.of(dataset, setup.input()), Network.layoutOf(model), "here");
      ModelState state = Network.initialState(model);
      RoundPlan plan = new RoundPlan(RoundSetups.settings(settings, dataset), Position.START);
      try (Replica replica = Engines.replica(setup.engine(), model)) {
        for (; !plan.finished(); plan = plan.next()) {
          List<RoundResult> results = new ArrayList<>();
          for (int index = 0; index < 2; index++) {
            results.add(trainer.train(replica, index, plan, state, StepWatch.NONE));
          }
          state = average(results);
        }
      }
      assertThat(StateHash.sha256(state.parameters())).isEqualTo(expected);
    }
  }

  private static ModelState average(List<RoundResult> results) {
    long[] weights = results.stream().mapToLong(result -> result.report().examples()).toArray();
    return new ModelState(
        average(results.stream().map(result -> result.state().parameters()).toList(), weights),
        average(results.stream().map(result -> result.state().optimizer()).toList(), weights));
  }

  private static float[] average(List<float[]> vectors, long[] weights) {
    float[] average = new float[vectors.get(0).length];
    for (int i = 0; i < average.length; i++) {
      double sum = 0;
      long weight = 0;
      for (int replica = 0; replica < weights.length; replica++) {
        sum += (double) weights[replica] * vectors.get(replica)[i];
        weight += weights[replica];
      }
      average[i] = (float) (sum / weight);
    }
    return average;
  }

  @Test
  void aResumedRunGoesOnWithTheSameQuarantineToTheSameBits() throws Exception {
    List<String> whole = quarantine("undisturbed");
    List<String> ofFirstRound =
        whole.stream().filter(line -> line.contains("\"round\":0,")).toList();
    assertThat(ofFirstRound).as("a round finds some, and later ones more").hasSizeBetween(1, 6);
    String torn = String.join("\n", ofFirstRound) + "\n" + whole.get(6).substring(0, 30);
    for (String kept : List.of(String.join("\n", whole) + "\n", torn)) {
      Path copy = folder.resolve("resumed-" + kept.length());
      Folders.copy(folder.resolve("undisturbed"), copy);
      Files.writeString(copy.resolve("quarantine.jsonl"), kept);
      Ended resumed = resume(copy + "/checkpoints/step-0000000002", settings("skip", 0.1));
      assertThat(resumed.hash()).isEqualTo(expected);
      assertThat(resumed.summary().badExamples()).isEqualTo(7);
      assertThat(quarantine(copy.getFileName().toString())).isEqualTo(whole);
    }
  }

  @Test
  void tooManyEndTheRunWhichAHigherLimitLetsGoOn() throws Exception {
    Settings strict = settings("skip", 0.02);
    assertThatThrownBy(() -> start(2, "strict", strict))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("of the 160 examples of split train are bad, more than the share of")
        .hasMessageContaining(" in shard train-0000");
    String run = folder.resolve("strict").toString();
    assertThat(Folders.names(folder.resolve("strict/checkpoints"))).isNotEmpty();
    assertThatThrownBy(() -> resume(run, strict))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("input.max-bad-fraction");
    assertThat(resume(run, settings("skip", 0.1)).hash()).isEqualTo(expected);
  }

  @Test
  void theFirstBadExampleEndsARunThatMaySkipNoneAndSkippingLetsItGoOn() throws Exception {
    assertThatThrownBy(() -> start(2, "failing", settings("fail", 0.1)))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("Bad example ")
        .hasMessageContaining("input.on-bad-example: skip");
    assertThat(folder.resolve("failing/quarantine.jsonl")).doesNotExist();
    String run = folder.resolve("failing").toString();
    assertThat(resume(run, settings("skip", 0.1)).hash()).isEqualTo(expected);
    assertThat(quarantine("failing")).isEqualTo(quarantine("undisturbed"));
  }

  @Test
  void theLedgerAccountsForEveryExample() throws Exception {
    try (Dataset dataset = Dataset.open(data, HADOOP)) {
      LedgerAudit audit =
          LedgerAudit.of(
              LedgerFile.read(hadoop("undisturbed/ledger.jsonl"), 10, HADOOP),
              new Position(10, 2, 0, 20),
              dataset.manifest().examplesPerShard("train"));
      assertThat(audit.faults()).isEmpty();
      assertThat(audit.skippedExamples()).isEqualTo(2 * 5);
    }
  }

  /** What a run came to. */
  private record Ended(TrainingRun.Summary summary) {
    String hash() {
      return StateHash.sha256(summary.state().model().parameters());
    }
  }

  private static Ended start(int slots, String name, Settings settings) throws Exception {
    try (JavaSparkContext spark = LocalSpark.ofSlots(slots);
        Dataset dataset = Dataset.open(data, HADOOP);
        RunFolder run = RunFolder.create(folder.resolve(name).toString(), settings, HADOOP)) {
      ModelConfiguration model = Models.of(settings, dataset.manifest(), HADOOP);
      return new Ended(
          run(spark, settings, dataset, run).start(InitialModel.of(model)).orElseThrow());
    }
  }

  private static Ended resume(String path, Settings settings) throws Exception {
    SavedRun saved = SavedRun.open(path, HADOOP);
    try (JavaSparkContext spark = LocalSpark.ofSlots(2);
        Dataset dataset = Dataset.open(data, HADOOP);
        RunFolder run = saved.folder().locked(settings)) {
      return new Ended(
          run(spark, settings, dataset, run)
              .resume(new Resumption(saved.checkpoint(), settings, dataset).unchanged())
              .orElseThrow());
    }
  }

  private static TrainingRun run(
      JavaSparkContext spark, Settings settings, Dataset dataset, RunFolder run) {
    return new TrainingRun(spark, settings, dataset, run, Progress.Terminal.NO, () -> false);
  }

  private static Settings settings(String onBadExample, double maxFraction) {
    return Settings.of(
        List.of(),
        List.of(
            "data.path=" + data,
            "training.epochs=2",
            "training.local-steps=2",
            "training.minibatch-size=8",
            "input.block-examples=4",
            "checkpoint.every-rounds=1",
            "checkpoint.keep=100",
            "input.on-bad-example=" + onBadExample,
            "input.max-bad-fraction=" + maxFraction));
  }

  private static List<String> quarantine(String run) throws IOException {
    return Files.readAllLines(folder.resolve(run).resolve("quarantine.jsonl"));
  }

  private static org.apache.hadoop.fs.Path hadoop(String name) {
    return new org.apache.hadoop.fs.Path(folder.resolve(name).toUri());
  }
}
