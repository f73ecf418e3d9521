package tributary.driver.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static scala.collection.JavaConverters.seqAsJavaList;

import java.time.Duration;
import java.util.List;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.status.api.v1.ExecutorSummary;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

@Tag("cluster")
class StandaloneClusterIT {
  private static final Duration DEADLINE = Duration.ofMinutes(2);

  @RegisterExtension static final StandaloneCluster CLUSTER = StandaloneCluster.ofWorkers(2);

  @Test
  void listensOnLoopbackOnly() {
    assertThat(CLUSTER.masterUrl()).matches("spark://127\\.0\\.0\\.1:\\d+");
  }

  @Test
  void runsTasksOnTwoExecutors() {
    try (SparkSession spark = session()) {
      CLUSTER.awaitExecutors(2, DEADLINE);
      assertThat(Deadline.in(DEADLINE).waitFor(() -> busyExecutors(spark) == 2)).isTrue();
    }
  }

  @Test
  void replacesAnExecutorThatWasKilled() {
    try (SparkSession spark = session()) {
      List<Long> before = CLUSTER.awaitExecutors(2, DEADLINE);
      CLUSTER.killExecutor(before.get(0));
      List<Long> after = CLUSTER.awaitExecutors(2, DEADLINE);
      assertThat(after).doesNotContain(before.get(0)).contains(before.get(1));
      assertThat(sumOfHundred(spark)).isEqualTo(4950);
    }
  }

  private static SparkSession session() {
    CLUSTER.awaitNoExecutors(DEADLINE);
    return SparkSession.builder()
        .master(CLUSTER.masterUrl())
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.ui.enabled", "false")
        .config("spark.scheduler.minRegisteredResourcesRatio", "1")
        .getOrCreate();
  }

  private static long busyExecutors(SparkSession spark) {
    assertThat(sumOfHundred(spark)).isEqualTo(4950);
    List<ExecutorSummary> executors =
        seqAsJavaList(spark.sparkContext().statusStore().executorList(true)).stream()
            .filter(executor -> executor.completedTasks() > 0)
            .toList();
    return executors.size();
  }

  private static long sumOfHundred(SparkSession spark) {
    return spark.range(0, 100, 1, 4).selectExpr("sum(id)").head().getLong(0);
  }
}
