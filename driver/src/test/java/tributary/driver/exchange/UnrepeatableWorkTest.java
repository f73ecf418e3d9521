package tributary.driver.exchange;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.File;
import java.io.Serializable;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkEnv;
import org.apache.spark.api.java.JavaSparkContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import scala.collection.JavaConverters;
import tributary.driver.spark.ClusterException;
import tributary.driver.spark.SparkContexts;
import tributary.worker.model.ModelState;

/**
 * Replicas that come to another end in each run, and lose what they sent after the first of four
 * reducing tasks has read it: the others then read what a second run sent.
 */
@Tag("spark")
class UnrepeatableWorkTest {
  private static final int REPLICAS = 2;

  /** Four slices, and so a slice for each of the tasks that run one after the other. */
  private static final int PARAMETERS = 4 << 20;

  /** In this process, where the tasks run. */
  private static final AtomicInteger RUNS = new AtomicInteger();

  private static final AtomicInteger LOSSES = new AtomicInteger();

  private JavaSparkContext spark;

  @BeforeEach
  void start() {
    RUNS.set(0);
    spark =
        SparkContexts.create(
            new SparkConf()
                .setMaster("local[1]")
                // Spark forgets the blocks of a process whose messages are lost, and results are.
                .set("spark.task.maxDirectResultSize", "64m")
                .set("spark.default.parallelism", "4")
                .set("spark.ui.enabled", "false"),
            "unrepeatable work test",
            1);
  }

  @AfterEach
  void stop() {
    spark.close();
  }

  @Test
  void aMeanIsOfOneRunOfEachReplicaAndTheReportsAreOfTheSame() throws Exception {
    LOSSES.set(1);
    try (Exchange exchange = Exchange.ofValues(spark)) {
      Exchanged<Report> exchanged =
          exchange.run(
              REPLICAS,
              new ModelState(new float[PARAMETERS], new float[0]),
              Residual.NONE,
              true,
              work());

      List<Integer> runs = exchanged.reports().stream().map(Report::run).toList();
      assertThat(runs).as("two whole runs, and in between what was lost").containsExactly(5, 6);
      float[] expected = new float[PARAMETERS];
      Arrays.fill(expected, (5 * 5 + 6 * 6) / 11f);
      assertThat(exchanged.mean().parameters()).isEqualTo(expected);
    }
  }

  @Test
  void replicasFindTheMeanThatTheDriverHas() throws Exception {
    LOSSES.set(0);
    try (Exchange exchange = Exchange.ofValues(spark)) {
      ModelState first =
          exchange
              .run(
                  REPLICAS,
                  new ModelState(new float[PARAMETERS], new float[0]),
                  Residual.NONE,
                  true,
                  work())
              .mean();
      ModelState second = exchange.run(REPLICAS, first, Residual.NONE, true, work()).mean();
      assertThat(first.parameters()[0]).isEqualTo((1 + 4) / 3f);
      assertThat(second.parameters()[PARAMETERS - 1])
          .isEqualTo(
              (float)
                  ((3 * (first.parameters()[0] + 3.0) + 4 * (first.parameters()[0] + 4.0)) / 7));
    }
  }

  @Test
  void givesUpWhenWhatReplicasSendIsLostAgainAndAgain() throws Exception {
    LOSSES.set(100);
    try (Exchange exchange = Exchange.ofValues(spark)) {
      ModelState start = new ModelState(new float[PARAMETERS], new float[0]);
      assertThatThrownBy(() -> exchange.run(REPLICAS, start, Residual.NONE, true, work()))
          .isInstanceOf(ClusterException.class)
          .hasMessageStartingWith(
              "Executors were lost again and again while averages were made: slice ")
          .hasMessageContaining("--resume");
    }
  }

  private static Work<Report> work() {
    return new Work<>() {
      private static final long serialVersionUID = 1;

      @Override
      public Done<Report> run(int replica, ModelState start) {
        int run = RUNS.incrementAndGet();
        float[] end = start.parameters().clone();
        for (int i = 0; i < end.length; i++) {
          end[i] += run;
        }
        return new Done<>(new Report(run), run, new ModelState(end, start.optimizer()));
      }

      @Override
      public boolean isRepeatable() {
        return false;
      }
    };
  }

  /** Takes what a replica has just sent along when the first reducing task reads it. */
  private record Report(int run) implements Serializable {
    private Object readResolve() {
      if (LOSSES.getAndDecrement() > 0) {
        JavaConverters.seqAsJavaList(SparkEnv.get().blockManager().diskBlockManager().getAllFiles())
            .stream()
            .filter(file -> file.getName().startsWith("shuffle_"))
            .max(Comparator.comparingLong(File::lastModified))
            .ifPresent(File::delete);
      }
      return this;
    }
  }
}
