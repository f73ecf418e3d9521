package tributary.driver.spark;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ExecutorWatchTest {
  private final FakeCluster cluster = new FakeCluster();
  private final ExecutorWatch watch =
      new ExecutorWatch(cluster, Duration.ofSeconds(10), () -> cluster.nanos);

  @Test
  void jobsThatWaitInVainAreCancelledWithTheReason() {
    cluster.jobs = new int[] {3, 4};
    lookAfterSeconds(10);
    assertThat(cluster.cancelled).isEmpty();
    lookAfterSeconds(1);

    assertThat(cluster.cancelled).hasSize(2);
    assertThat(cluster.cancelled.get(0))
        .startsWith(
            "3: because the cluster has had no executor for 10 s (run.cluster-timeout-seconds)");
  }

  @Test
  void anExecutorThatComesInTimeStartsTheWaitAnew() {
    cluster.jobs = new int[] {3};
    lookAfterSeconds(9);
    cluster.executors = 1;
    lookAfterSeconds(9);
    cluster.executors = 0;
    lookAfterSeconds(9);

    assertThat(cluster.cancelled).isEmpty();
  }

  @Test
  void withoutWorkNobodyWaits() {
    lookAfterSeconds(100);
    cluster.jobs = new int[] {3};
    lookAfterSeconds(9);

    assertThat(cluster.cancelled).isEmpty();
  }

  private void lookAfterSeconds(int seconds) {
    cluster.nanos += Duration.ofSeconds(seconds).toNanos();
    watch.look();
  }

  private static final class FakeCluster implements ExecutorWatch.Cluster {
    private final List<String> cancelled = new ArrayList<>();
    private long nanos;
    private int executors;
    private int[] jobs = {};

    @Override
    public int executors() {
      return executors;
    }

    @Override
    public int[] jobs() {
      return jobs;
    }

    @Override
    public void cancel(int job, String reason) {
      cancelled.add(job + ": " + reason);
    }
  }
}
