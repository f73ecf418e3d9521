package tributary.driver.bench;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;
import tributary.datasets.Checks;
import tributary.datasets.Seeds;
import tributary.driver.conf.ExchangePrecision;
import tributary.driver.exchange.Exchange;
import tributary.driver.exchange.ExchangeTimes;
import tributary.driver.exchange.Exchanged;
import tributary.driver.exchange.Residual;
import tributary.driver.exchange.Work;
import tributary.driver.spark.SparkContexts;
import tributary.worker.model.ModelState;

/**
 * Rounds without training on executors of this machine: every replica ends where it began.
 *
 * @param parameters length of the parameter vector, &gt;= 1
 * @param replicas &gt;= 1
 * @param executors processes, &gt;= 1
 * @param cores of each executor, &gt;= 1
 * @param megabytes heap of each executor
 * @param moved whether the driver moves the mean before it sends it, as outer steps do; else
 *     executors have it already
 * @param precision how parameters travel
 * @param workSeconds that each replica waits, as if it trained on a machine of its own, &gt;= 0
 * @param warmUp rounds before measuring
 * @param rounds measured, &gt;= 1
 */
public record RoundBenchmark(
    int parameters,
    int replicas,
    int executors,
    int cores,
    int megabytes,
    boolean moved,
    ExchangePrecision precision,
    double workSeconds,
    int warmUp,
    int rounds) {
  private static final double MOST_WORK_SECONDS = 3600;

  /** Checks the ranges. */
  public RoundBenchmark {
    Checks.argument(parameters >= 1, "--parameters must be >= 1, got %d", parameters);
    Checks.argument(replicas >= 1, "--replicas must be >= 1, got %d", replicas);
    Checks.argument(executors >= 1, "--executors must be >= 1, got %d", executors);
    Checks.argument(cores >= 1, "--cores must be >= 1, got %d", cores);
    Checks.argument(megabytes >= 512, "--executor-megabytes must be >= 512, got %d", megabytes);
    Checks.argument(
        workSeconds >= 0 && workSeconds <= MOST_WORK_SECONDS,
        "--work-seconds must be in [0, %s], got %s",
        MOST_WORK_SECONDS,
        workSeconds);
    Checks.argument(warmUp >= 0, "--warm-up must be >= 0, got %d", warmUp);
    Checks.argument(rounds >= 1, "--rounds must be >= 1, got %d", rounds);
  }

  /**
   * What was measured.
   *
   * @param times of each round
   * @param driverRead bytes that the driver's process read in a round, on average
   * @param driverWritten bytes that it wrote
   * @param cpuSeconds processor time of a round, of the driver and all executors together
   */
  public record Report(
      List<ExchangeTimes> times, double driverRead, double driverWritten, double cpuSeconds) {}

  /** Starts the cluster, runs the rounds and stops it. */
  public Report run() throws IOException {
    try (LoopbackCluster cluster = LoopbackCluster.of(executors, cores, megabytes);
        JavaSparkContext spark = context(cluster.url());
        Exchange exchange = exchange(spark)) {
      ModelState state = new ModelState(values(), new float[0]);
      Residual residual = Residual.NONE;
      List<ExchangeTimes> times = new ArrayList<>();
      DriverTraffic before = DriverTraffic.now();
      double cpuBefore = cpuSeconds();
      for (int round = -warmUp; round < rounds; round++) {
        if (round == 0) {
          before = DriverTraffic.now();
          cpuBefore = cpuSeconds();
        }
        Exchanged<Integer> exchanged =
            exchange.run(
                replicas, state, residual, /* averagesOptimizer= */ true, new Waiting(workSeconds));
        requireSame(state, exchanged.mean());
        residual = exchanged.residual();
        state = moved ? copy(exchanged.mean()) : exchanged.mean();
        if (round >= 0) {
          times.add(exchanged.times());
        }
      }
      DriverTraffic traffic = DriverTraffic.now().since(before);
      return new Report(
          times,
          (double) traffic.read() / rounds,
          (double) traffic.written() / rounds,
          (cpuSeconds() - cpuBefore) / rounds);
    }
  }

  private JavaSparkContext context(String master) {
    SparkConf conf =
        new SparkConf()
            .setMaster(master)
            .set("spark.executor.instances", Integer.toString(executors))
            .set("spark.executor.cores", Integer.toString(cores))
            .set("spark.executor.memory", megabytes + "m")
            // All at once, or the first rounds run on the executor that came first.
            .set("spark.scheduler.minRegisteredResourcesRatio", "1.0")
            .set("spark.cores.max", Integer.toString(Math.multiplyExact(executors, cores)))
            // They are on this machine: nothing need be copied.
            .set("spark.jars", "")
            .set("spark.executor.extraClassPath", jar());
    return SparkContexts.create(conf, "bench round", 1);
  }

  private Exchange exchange(JavaSparkContext spark) {
    return switch (precision) {
      case FLOAT32 -> Exchange.ofValues(spark);
      case BFLOAT16 -> Exchange.ofMoves(spark, List.of());
    };
  }

  /** Of this process and those that it started. */
  private static double cpuSeconds() {
    ProcessHandle self = ProcessHandle.current();
    return Stream.concat(Stream.of(self), self.descendants())
        .flatMap(process -> process.info().totalCpuDuration().stream())
        .mapToDouble(time -> time.toMillis() / 1e3)
        .sum();
  }

  private static String jar() {
    return RoundBenchmark.class.getProtectionDomain().getCodeSource().getLocation().getPath();
  }

  private float[] values() {
    SplittableRandom random = Seeds.random(1);
    float[] values = new float[parameters];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (random.nextDouble() - 0.5);
    }
    return values;
  }

  private static void requireSame(ModelState expected, ModelState found) {
    Checks.argument(
        Arrays.equals(expected.parameters(), found.parameters()),
        "the mean of equal vectors is another vector");
  }

  private static ModelState copy(ModelState state) {
    return new ModelState(state.parameters().clone(), state.optimizer());
  }

  /** Sent. */
  private record Waiting(double seconds) implements Work<Integer> {
    private static final double NANOS = 1e9;

    @Override
    public Done<Integer> run(int replica, ModelState start) throws InterruptedException {
      long end = System.nanoTime() + (long) (seconds * NANOS);
      for (long left = end - System.nanoTime(); left > 0; left = end - System.nanoTime()) {
        LockSupport.parkNanos(left);
        if (Thread.interrupted()) {
          throw new InterruptedException("the round was given up");
        }
      }
      return new Done<>(replica, 1 + replica, start);
    }
  }
}
