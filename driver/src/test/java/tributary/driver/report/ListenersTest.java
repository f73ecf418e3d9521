package tributary.driver.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.FilterFileSystem;
import org.apache.hadoop.fs.RawLocalFileSystem;
import org.apache.hadoop.fs.permission.FsPermission;
import org.apache.hadoop.util.Progressable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tributary.datasets.shard.Task;
import tributary.driver.checkpoint.CheckpointException;
import tributary.driver.checkpoint.CheckpointStore;
import tributary.driver.checkpoint.LockException;
import tributary.driver.checkpoint.TinyCheckpoint;
import tributary.driver.conf.FailurePolicy;
import tributary.driver.exchange.ExchangeTimes;
import tributary.driver.round.RoundListener;
import tributary.driver.round.RoundOutcome;
import tributary.driver.round.RunState;
import tributary.worker.model.ModelState;
import tributary.worker.train.Evaluation;
import tributary.worker.train.Ledger;
import tributary.worker.train.Position;
import tributary.worker.train.ReplicaReport;
import tributary.worker.train.RoundPlan;
import tributary.worker.train.RoundSettings;

/** Runs of 3 epochs of 100 examples in rounds of 40: rounds end at 40, 80 and 100 of each epoch. */
class ListenersTest {
  private static final Scores SCORES = new Scores(Task.IMAGE_CLASSIFICATION, null);

  private static final RoundSettings SETTINGS = new RoundSettings(2, 2, 10, 3, 100, 1);
  private static final RoundPlan FIRST = new RoundPlan(SETTINGS, Position.START);
  private static final ModelState AVERAGE = new ModelState(new float[0], new float[0]);
  private static final RunState STATE = RunState.of(AVERAGE);

  @TempDir Path folder;

  @ParameterizedTest
  @CsvSource({"0, 9", "1, 1 2 3 4 5 6 7 8 9", "2, 2 4 6 8 9", "3, 3 6 9", "100, 9"})
  void checkpointsAreDueEverySoManyRoundsAndAtTheEnd(int everyRounds, String expected)
      throws Exception {
    CheckpointStore store = new CheckpointStore(hadoop("checkpoints"), new Configuration());
    List<Integer> rounds = new ArrayList<>();

    runFrom(
        FIRST,
        new CheckpointListener(
            store,
            (state, position) -> {
              assertThat(state).isSameAs(STATE);
              rounds.add(position.round());
              return TinyCheckpoint.at(position, position.round());
            },
            everyRounds,
            /* keep= */ 2,
            FailurePolicy.FAIL));

    assertThat(rounds).hasToString("[" + expected.replace(" ", ", ") + "]");
    assertThat(store.names()).hasSize(Math.min(2, rounds.size()));
    Position last = store.latest().position();
    assertThat(last).isEqualTo(new Position(9, 3, 0, 15));
  }

  @Test
  void aCheckpointThatFailsBetweenRoundsEndsTheRunOrNotAsIsSaid() throws Exception {
    CheckpointStore store = new CheckpointStore(hadoop("checkpoints"), new Configuration());
    store.save(TinyCheckpoint.at(1), 1);
    Path folderAway = folder.resolve("away");
    Files.move(folder.resolve("checkpoints"), folderAway);
    Files.write(folder.resolve("checkpoints"), new byte[1]);

    assertThatThrownBy(() -> runFrom(FIRST, everyRound(store, FailurePolicy.FAIL)))
        .isInstanceOf(CheckpointException.class)
        .hasMessageStartingWith("Cannot write checkpoint ");

    RoundListener mendsTheDisk =
        (plan, outcome, state) -> {
          if (plan.position().round() == 5) {
            Files.delete(folder.resolve("checkpoints"));
            Files.move(folderAway, folder.resolve("checkpoints"));
          }
        };
    CheckpointListener listener = everyRound(store, FailurePolicy.CONTINUE);
    runFrom(
        FIRST,
        (plan, outcome, state) -> {
          listener.roundFinished(plan, outcome, state);
          mendsTheDisk.roundFinished(plan, outcome, state);
        });
    assertThat(store.latest().position().round()).isEqualTo(9);
  }

  @Test
  void theLastCheckpointMustSucceedWhateverIsSaid() throws Exception {
    Files.write(folder.resolve("checkpoints"), new byte[1]);
    CheckpointStore store = new CheckpointStore(hadoop("checkpoints"), new Configuration());

    assertThatThrownBy(() -> runFrom(FIRST, everyRound(store, FailurePolicy.CONTINUE)))
        .isInstanceOf(CheckpointException.class)
        .hasMessageStartingWith("Cannot write checkpoint step-0000000015 to ");
  }

  @Test
  void aLostLockEndsTheRunWhateverIsSaid() throws Exception {
    CheckpointStore store =
        new CheckpointStore(
            hadoop("checkpoints"),
            new Configuration(),
            () -> {
              throw new LockException("taken over");
            });

    assertThatThrownBy(() -> runFrom(FIRST, everyRound(store, FailurePolicy.CONTINUE)))
        .isInstanceOf(LockException.class)
        .hasMessage("taken over");
  }

  private static CheckpointListener everyRound(CheckpointStore store, FailurePolicy policy) {
    return new CheckpointListener(
        store,
        (state, position) -> TinyCheckpoint.at(position, position.round()),
        /* everyRounds= */ 1,
        /* keep= */ 2,
        policy);
  }

  @ParameterizedTest
  @CsvSource({"0, 8", "1, 2 5 8", "2, 5 8", "3, 8", "4, 8"})
  void evaluationsAreDueEverySoManyEpochsAndAtTheEnd(int everyEpochs, String expected)
      throws Exception {
    Path file = folder.resolve("metrics.jsonl");
    try (MetricsLog log = MetricsLog.open(hadoop("metrics.jsonl"), 0, new Configuration())) {
      EvaluationListener listener =
          new EvaluationListener(
              state -> new Evaluation(4, 3, 4, 2, new long[][] {{2, 1}, {0, 1}}),
              everyEpochs,
              log,
              SCORES);
      runFrom(FIRST, listener);
    }
    assertThat(Files.readAllLines(file).stream().map(ListenersTest::round).toList())
        .hasToString("[" + expected.replace(" ", ", ") + "]");
    assertThat(Files.readAllLines(file))
        .last()
        .isEqualTo(
            "{\"kind\":\"evaluation\",\"round\":8,\"epoch\":2,\"examples\":4,\"accuracy\":0.75,"
                + "\"top-5\":1.0,\"loss\":0.5}");
  }

  @Test
  void aRoundsMetricsNameItsReplicasAndNoLossOfAnIdleOne() throws Exception {
    try (MetricsLog log = MetricsLog.open(hadoop("metrics.jsonl"), 0, new Configuration())) {
      new MetricsListener(log, Unit.IMAGES)
          .roundFinished(
              FIRST,
              new RoundOutcome(
                  AVERAGE, List.of(report(0, 30), report(1, 0)), ExchangeTimes.ofWork(2)),
              STATE);
    }

    assertThat(folder.resolve("metrics.jsonl"))
        .hasContent(
            "{\"kind\":\"round\",\"round\":0,\"epoch\":0,\"offset\":0,\"step\":0,\"examples\":30,"
                + "\"example-hash\":\"ff\",\"loss\":0.5,\"seconds\":2.0,\"images-per-second\":15.0,"
                + "\"parts\":{\"broadcast\":0.0,\"read\":0.125,\"decode\":0.125,\"compute\":1.75,"
                + "\"serialise\":0.0,\"shuffle\":0.0,\"sum\":0.0,\"collect\":0.0,\"idle\":0.0},"
                + "\"slowest\":{\"replica\":0,\"host\":\"host0\",\"times-the-median\":6.0},"
                + "\"replicas\":["
                + "{\"host\":\"host0\",\"examples\":30,\"steps\":2,\"loss\":0.5},"
                + "{\"host\":\"host1\",\"examples\":0,\"steps\":2}]}");
  }

  @Test
  void everyLineIsInTheFileAsSoonAsItIsWritten() throws Exception {
    try (MetricsLog log = MetricsLog.open(hadoop("metrics.jsonl"), 0, new Configuration())) {
      log.write(MetricsLog.line("round", 0));

      assertThat(folder.resolve("metrics.jsonl")).hasContent("{\"kind\":\"round\",\"round\":0}");
    }
  }

  @Test
  void linesThatCannotBeWrittenWaitForTheNextIfSoWished() throws Exception {
    Configuration conf = new Configuration();
    conf.setClass("fs.file.impl", FullDisk.class, FileSystem.class);
    conf.setBoolean("fs.file.impl.disable.cache", true);
    FullDisk.full = false;
    Path file = folder.resolve("metrics.jsonl");
    try (MetricsLog log =
        MetricsLog.open(hadoop("metrics.jsonl"), 0, conf, FailurePolicy.CONTINUE)) {
      log.write(MetricsLog.line("round", 0));
      FullDisk.full = true;
      log.write(MetricsLog.line("round", 1));
      log.write(MetricsLog.line("round", 2));
      assertThat(file).content().startsWith("{\"kind\":\"round\",\"round\":0}\n{\"kind\":");
      FullDisk.full = false;
      log.write(MetricsLog.line("round", 3));
      assertThat(Files.readAllLines(file).stream().map(ListenersTest::round).toList())
          .containsExactly(0, 1, 2, 3);
      FullDisk.full = true;
      log.write(MetricsLog.line("round", 4));
      FullDisk.full = false;
    }
    assertThat(Files.readAllLines(file).stream().map(ListenersTest::round).toList())
        .as("what waits is written at the end")
        .containsExactly(0, 1, 2, 3, 4);
  }

  @Test
  void aLineThatCannotBeWrittenIsAnErrorElseAndAtTheEnd() throws Exception {
    Configuration conf = new Configuration();
    conf.setClass("fs.file.impl", FullDisk.class, FileSystem.class);
    conf.setBoolean("fs.file.impl.disable.cache", true);
    FullDisk.full = false;
    try (MetricsLog log = MetricsLog.open(hadoop("metrics.jsonl"), 0, conf)) {
      FullDisk.full = true;
      assertThatThrownBy(() -> log.write(MetricsLog.line("round", 0)))
          .isInstanceOf(CheckpointException.class)
          .hasMessageContaining("No space left on device");
    }
    FullDisk.full = false;
    MetricsLog patient = MetricsLog.open(hadoop("metrics.jsonl"), 0, conf, FailurePolicy.CONTINUE);
    FullDisk.full = true;
    patient.write(MetricsLog.line("round", 0));
    assertThatThrownBy(patient::close).isInstanceOf(CheckpointException.class);
    FullDisk.full = false;
  }

  /** Local files of which a write fails after its first bytes. Made by Hadoop. */
  public static final class FullDisk extends FilterFileSystem {
    static volatile boolean full;

    /** Made by Hadoop. */
    public FullDisk() {
      super(new RawLocalFileSystem());
    }

    @Override
    public FSDataOutputStream create(
        org.apache.hadoop.fs.Path file,
        FsPermission permission,
        boolean overwrite,
        int bufferSize,
        short replication,
        long blockSize,
        Progressable progress)
        throws IOException {
      return failing(
          super.create(file, permission, overwrite, bufferSize, replication, blockSize, progress));
    }

    @Override
    public FSDataOutputStream append(
        org.apache.hadoop.fs.Path file, int bufferSize, Progressable progress) throws IOException {
      return failing(super.append(file, bufferSize, progress));
    }

    private static FSDataOutputStream failing(OutputStream stream) {
      return new FSDataOutputStream(
          new FilterOutputStream(stream) {
            @Override
            public void write(byte[] bytes, int from, int count) throws IOException {
              if (full) {
                out.write(bytes, from, Math.min(count, 9));
                out.flush();
                throw new IOException("No space left on device");
              }
              out.write(bytes, from, count);
            }
          },
          null);
    }
  }

  @Test
  void aResumedLogKeepsTheWholeLinesOfTheRoundsBefore() throws Exception {
    Path file = folder.resolve("metrics.jsonl");
    String kept =
        """
        {"kind":"round","round":0,"loss":"NaN"}
        {"kind":"evaluation","round":0}
        {"kind":"round","round":1}
        """;
    Files.writeString(
        file,
        kept
            + """
            {"kind":"round","round":2}
            {"kind":"evaluation","round":2}
            not json
            {"kind":"round"}
            {"kind":"round","round":"1"}
            {"kind":"round","round":3}
            {"kind":"round","rou""");

    try (MetricsLog log = MetricsLog.open(hadoop("metrics.jsonl"), 2, new Configuration())) {
      assertThat(Files.readString(file)).isEqualTo(kept);
      log.write(MetricsLog.line("round", 2));
    }

    assertThat(Files.readString(file)).isEqualTo(kept + "{\"kind\":\"round\",\"round\":2}\n");
    assertThat(folder.toFile().list()).containsExactly("metrics.jsonl");
  }

  @Test
  void aLinePerRoundTellsProgressSpeedLossAndTimeLeft() throws Exception {
    ByteArrayOutputStream printed = new ByteArrayOutputStream();
    try (Progress progress = progress(FIRST, Progress.Terminal.NO, printed)) {
      runFrom(FIRST, progress);

      assertThat(progress.examples()).isEqualTo(300);
      assertThat(progress.unitsPerSecond()).isEqualTo(300 / 18.0);
    }

    List<String> lines = printed.toString(StandardCharsets.UTF_8).lines().toList();
    assertThat(lines).hasSize(9);
    assertThat(lines.get(0))
        .isEqualTo(
            "epoch 1/3  40 %  round 1  loss 0.5000  20 images/s  round 2.0 s (compute 1.5, input"
                + " 0.3)  left 0:13");
    assertThat(lines.get(2)).startsWith("epoch 1/3 100 %  round 3  ").contains("  10 images/s  ");
    assertThat(lines.get(8)).startsWith("epoch 3/3 100 %  round 9  ").endsWith("left 0:00");
  }

  @Test
  void progressOfAResumedRunCountsWhatIsLeftOnly() throws Exception {
    RoundPlan fifth = FIRST.next().next().next().next();
    ByteArrayOutputStream printed = new ByteArrayOutputStream();
    try (Progress progress = progress(fifth, Progress.Terminal.NO, printed)) {
      runFrom(fifth, progress);

      assertThat(progress.examples()).isEqualTo(160);
    }

    assertThat(printed.toString(StandardCharsets.UTF_8).lines().toList())
        .hasSize(5)
        .first()
        .asString()
        .startsWith("epoch 2/3  80 %  round 5  ")
        .endsWith("left 0:06");
  }

  @Test
  void aTerminalGetsOneLineThatMoves() throws Exception {
    ByteArrayOutputStream printed = new ByteArrayOutputStream();
    try (Progress progress = progress(FIRST, Progress.Terminal.YES, printed)) {
      runFrom(FIRST, progress);
    }

    String text = printed.toString(StandardCharsets.UTF_8);
    assertThat(text).contains("\r").contains("300/300");
    assertThat(text.strip().lines().filter(line -> !line.isBlank())).hasSizeLessThanOrEqualTo(2);
  }

  @Test
  void anEpochEndsWhenNothingIsLeftOver() throws Exception {
    RoundPlan last = FIRST.next().next();
    RoundOutcome early =
        new RoundOutcome(
            AVERAGE, List.of(report(0, 10), report(1, 4).leaving(6)), ExchangeTimes.ofWork(2));
    RoundOutcome rest =
        new RoundOutcome(AVERAGE, List.of(report(0, 3), report(1, 3)), ExchangeTimes.ofWork(2));
    ByteArrayOutputStream printed = new ByteArrayOutputStream();
    Evaluation evaluation = new Evaluation(4, 3, 4, 2, new long[][] {{2, 1}, {0, 1}});
    List<Integer> evaluated = new ArrayList<>();
    try (MetricsLog log = MetricsLog.open(hadoop("metrics.jsonl"), 0, new Configuration());
        Progress progress = progress(last, Progress.Terminal.NO, printed)) {
      EvaluationListener evaluations =
          new EvaluationListener(
              state -> {
                evaluated.add(0);
                return evaluation;
              },
              1,
              log,
              SCORES);
      for (RoundListener listener :
          List.of(progress, evaluations, new MetricsListener(log, Unit.IMAGES))) {
        listener.roundFinished(last, early, STATE);
      }
      assertThat(evaluated).isEmpty();
      assertThat(printed.toString(StandardCharsets.UTF_8)).startsWith("epoch 1/3  94 %");

      RoundPlan more = early.next(last);
      assertThat(more.examples()).isEqualTo(6);
      evaluations.roundFinished(more, rest, STATE);
      progress.roundFinished(more, rest, STATE);
      assertThat(evaluated).hasSize(1);
      assertThat(printed.toString(StandardCharsets.UTF_8)).contains("epoch 1/3 100 %");
    }
    assertThat(Files.readString(folder.resolve("metrics.jsonl")))
        .contains("\"left-over-examples\":6");
  }

  private static Progress progress(
      RoundPlan first, Progress.Terminal terminal, ByteArrayOutputStream printed) {
    return Progress.of(
        first, terminal, Unit.IMAGES, new PrintStream(printed, true, StandardCharsets.UTF_8));
  }

  /** Every round takes two seconds. */
  private static void runFrom(RoundPlan first, RoundListener listener) throws Exception {
    for (RoundPlan plan = first; !plan.finished(); plan = plan.next()) {
      List<ReplicaReport> reports =
          List.of(report(0, plan.share(0).size()), report(1, plan.share(1).size()));
      listener.roundFinished(
          plan, new RoundOutcome(AVERAGE, reports, ExchangeTimes.ofWork(2)), STATE);
    }
  }

  private static ReplicaReport report(int replica, long examples) {
    Ledger trained =
        examples == 0
            ? Ledger.EMPTY
            : new Ledger(new TreeMap<>(Map.of(3, new Ledger.Entry(examples, 0xff))));
    double input = replica == 0 ? 0.125 : 0;
    double compute = replica == 0 ? 1.5 : 0.25;
    return new ReplicaReport(
        replica,
        "host" + replica,
        examples,
        2,
        /* labels= */ examples,
        examples * 0.5,
        trained,
        input,
        input,
        compute);
  }

  private static int round(String line) {
    return Integer.parseInt(line.replaceAll(".*\"round\":(\\d+).*", "$1"));
  }

  private org.apache.hadoop.fs.Path hadoop(String name) throws IOException {
    return new org.apache.hadoop.fs.Path(folder.resolve(name).toUri());
  }

  @Test
  void aRunThatWasDoneAlreadyIsEvaluatedOnDemand() throws Exception {
    try (MetricsLog log = MetricsLog.open(hadoop("metrics.jsonl"), 0, new Configuration())) {
      Evaluation evaluation = new Evaluation(4, 3, 4, 2, new long[][] {{2, 1}, {0, 1}});
      EvaluationListener listener = new EvaluationListener(state -> evaluation, 1, log, SCORES);
      assertThat(listener.ofEnd(null)).isSameAs(evaluation);
    }
  }
}
