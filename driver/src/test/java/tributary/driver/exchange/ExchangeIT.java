package tributary.driver.exchange;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import tributary.datasets.Seeds;
import tributary.driver.cluster.StandaloneCluster;
import tributary.driver.spark.SparkContexts;
import tributary.worker.model.ModelState;
import tributary.worker.model.UpdatePlan.Stretch;

/** The exchange between real processes, some of which die. */
@Tag("cluster")
@Timeout(180)
class ExchangeIT {
  private static final int REPLICAS = 3;
  private static final int ROUNDS = 3;

  /** More than one slice of each vector. */
  private static final int PARAMETERS = 2_300_001;

  private static final int OPTIMIZER = 1_200_000;
  private static final Residual NOTHING = Residual.NONE;

  @RegisterExtension static final StandaloneCluster CLUSTER = StandaloneCluster.ofWorkers(2);

  private static JavaSparkContext spark;

  @TempDir private Path folder;

  @BeforeAll
  static void connect() {
    spark =
        SparkContexts.create(
            new SparkConf()
                .setMaster(CLUSTER.masterUrl())
                .set("spark.driver.host", "127.0.0.1")
                .set("spark.driver.bindAddress", "127.0.0.1")
                .set("spark.ui.enabled", "false")
                .set("spark.task.maxFailures", "100")
                .set(
                    "spark.executor.extraClassPath",
                    System.getProperty(
                        "surefire.test.class.path", System.getProperty("java.class.path"))),
            "exchange test",
            1);
  }

  @AfterAll
  static void disconnect() {
    spark.close();
  }

  @Test
  void averagesBetweenProcesses() throws IOException {
    try (Exchange exchange = Exchange.ofValues(spark)) {
      assertRounds(exchange, new Moves(""), true);
    }
  }

  @Test
  void leavesTheOptimizersValuesAloneIfToldSo() throws IOException {
    try (Exchange exchange = Exchange.ofValues(spark)) {
      assertRounds(exchange, new Moves(""), false);
    }
  }

  @Test
  void sendsWhatTheDriverHasMoved() throws IOException {
    try (Exchange exchange = Exchange.ofValues(spark)) {
      ModelState first = exchange.run(REPLICAS, start(), NOTHING, true, new Moves("")).mean();
      ModelState moved = new ModelState(scaled(first.parameters()), first.optimizer());
      assertSame(
          exchange.run(REPLICAS, moved, NOTHING, true, new Moves("")).mean(), mean(moved, true));
    }
  }

  @Test
  void comesToTheSameBitsWhenAnExecutorIsKilledBetweenRounds() throws IOException {
    try (Exchange exchange = Exchange.ofValues(spark)) {
      ModelState state = start();
      for (int round = 0; round < ROUNDS; round++) {
        Exchanged<Long> exchanged = exchange.run(REPLICAS, state, NOTHING, true, new Moves(""));
        assertSame(exchanged.mean(), mean(state, true));
        state = exchanged.mean();
        CLUSTER.killExecutor(exchanged.reports().get(0));
      }
    }
  }

  @Test
  void comesToTheSameBitsWhenAnExecutorDiesInEveryRound() throws IOException {
    try (Exchange exchange = Exchange.ofValues(spark)) {
      ModelState state = start();
      Set<Long> processes = new HashSet<>();
      for (int round = 0; round < ROUNDS; round++) {
        Moves work = new Moves(folder.resolve("round-" + round).toString());
        Exchanged<Long> exchanged = exchange.run(REPLICAS, state, NOTHING, true, work);
        assertSame(exchanged.mean(), mean(state, true));
        state = exchanged.mean();
        processes.addAll(exchanged.reports());
      }
      assertThat(processes).as("processes that worked to the end").hasSizeGreaterThan(2);
    }
  }

  @Test
  void comesToTheSameBitsWithRoundedMovesWhateverDiesAndWhoeverIsNew() throws IOException {
    List<Stretch> exact = List.of(new Stretch(5, 7), new Stretch(1_100_000, 200_000));
    List<ModelState> undisturbed = new ArrayList<>();
    List<ModelState> disturbed = new ArrayList<>();
    try (Exchange exchange = Exchange.ofMoves(spark, exact)) {
      Exchanged<Long> last = first();
      for (int round = 0; round < ROUNDS; round++) {
        last = exchange.run(REPLICAS, last.mean(), last.residual(), true, new Moves(""));
        undisturbed.add(last.mean());
      }
    }
    try (Exchange exchange = Exchange.ofMoves(spark, exact)) {
      Exchanged<Long> last = first();
      for (int round = 0; round < ROUNDS; round++) {
        Moves work = new Moves(folder.resolve("moves-" + round).toString());
        last = exchange.run(REPLICAS, last.mean(), last.residual(), true, work);
        disturbed.add(last.mean());
        CLUSTER.killExecutor(last.reports().get(0));
      }
    }
    ModelState expected = mean(start(), true);
    ModelState found = undisturbed.get(0);
    assertThat(found.optimizer()).isEqualTo(expected.optimizer());
    assertThat(Arrays.copyOfRange(found.parameters(), 1_100_000, 1_300_000))
        .isEqualTo(Arrays.copyOfRange(expected.parameters(), 1_100_000, 1_300_000));
    assertThat(farthest(found.parameters(), expected.parameters()))
        .as("rounding of moves of up to 13")
        .isBetween(1e-3f, 0.1f);
    for (int round = 0; round < ROUNDS; round++) {
      assertSame(disturbed.get(round), undisturbed.get(round));
    }
  }

  private static float farthest(float[] found, float[] expected) {
    float farthest = 0;
    for (int i = 0; i < found.length; i++) {
      farthest = Math.max(farthest, Math.abs(found[i] - expected[i]));
    }
    return farthest;
  }

  private static Exchanged<Long> first() {
    return new Exchanged<>(List.of(), start(), NOTHING, ExchangeTimes.ofWork(0));
  }

  @Test
  void keepsTheStateWhenNobodyHasAnythingToAdd() throws IOException {
    try (Exchange exchange = Exchange.ofValues(spark)) {
      ModelState start = start();
      Work<Integer> idle = (replica, state) -> new Work.Done<>(replica, 0, null);
      Exchanged<Integer> exchanged = exchange.run(REPLICAS, start, NOTHING, true, idle);
      assertThat(exchanged.reports()).isEqualTo(List.of(0, 1, 2));
      assertSame(exchanged.mean(), start);
      assertSame(
          exchange.run(REPLICAS, start, NOTHING, true, new Moves("")).mean(), mean(start, true));
    }
  }

  private static void assertRounds(Exchange exchange, Moves work, boolean averagesOptimizer)
      throws IOException {
    ModelState state = start();
    for (int round = 0; round < ROUNDS; round++) {
      Exchanged<Long> exchanged = exchange.run(REPLICAS, state, NOTHING, averagesOptimizer, work);
      assertSame(exchanged.mean(), mean(state, averagesOptimizer));
      ExchangeTimes times = exchanged.times();
      assertThat(times.overhead()).isBetween(0.0, times.seconds());
      state = exchanged.mean();
    }
  }

  private static void assertSame(ModelState found, ModelState expected) {
    assertThat(found.parameters()).isEqualTo(expected.parameters());
    assertThat(found.optimizer()).isEqualTo(expected.optimizer());
  }

  private static ModelState start() {
    SplittableRandom random = Seeds.random(7);
    return new ModelState(values(random, PARAMETERS), values(random, OPTIMIZER));
  }

  private static float[] values(SplittableRandom random, int count) {
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) (random.nextDouble() - 0.5);
    }
    return values;
  }

  private static float[] scaled(float[] values) {
    float[] scaled = new float[values.length];
    for (int i = 0; i < values.length; i++) {
      scaled[i] = values[i] * 0.7f;
    }
    return scaled;
  }

  /** What the exchange must come to, worked out in one place. */
  private static ModelState mean(ModelState start, boolean averagesOptimizer) {
    return new ModelState(
        mean(start.parameters()), averagesOptimizer ? mean(start.optimizer()) : start.optimizer());
  }

  private static float[] mean(float[] start) {
    double[] sum = new double[start.length];
    long weight = 0;
    for (int replica = 0; replica < REPLICAS; replica++) {
      float[] end = Moves.end(replica, start);
      for (int i = 0; i < sum.length; i++) {
        sum[i] += (double) Moves.weight(replica) * end[i];
      }
      weight += Moves.weight(replica);
    }
    float[] mean = new float[start.length];
    for (int i = 0; i < mean.length; i++) {
      mean[i] = (float) (sum[i] / weight);
    }
    return mean;
  }

  /**
   * Each replica moves its state its own way and reports its process. Sent.
   *
   * @param deathNote a file that the first process to come by makes before it dies; none if empty
   */
  private record Moves(String deathNote) implements Work<Long> {
    static long weight(int replica) {
      return 10 + 7L * replica;
    }

    static float[] end(int replica, float[] start) {
      float[] end = new float[start.length];
      for (int i = 0; i < end.length; i++) {
        end[i] = start[i] * (1 + replica) + i % 13;
      }
      return end;
    }

    @Override
    public Done<Long> run(int replica, ModelState start) throws IOException {
      if (!deathNote.isEmpty() && isFirst()) {
        Runtime.getRuntime().halt(137);
      }
      return new Done<>(
          ProcessHandle.current().pid(),
          weight(replica),
          new ModelState(end(replica, start.parameters()), end(replica, start.optimizer())));
    }

    private boolean isFirst() throws IOException {
      try {
        Files.createFile(Path.of(deathNote));
        return true;
      } catch (FileAlreadyExistsException e) {
        return false;
      }
    }
  }
}
