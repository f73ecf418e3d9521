package tributary.worker.executor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import tributary.datasets.DataException;
import tributary.datasets.shard.Dataset;
import tributary.datasets.testing.FashionMnist;
import tributary.worker.engine.EngineSettings;
import tributary.worker.model.TinyNets;
import tributary.worker.train.InputSettings;

@ExtendWith(FashionMnist.class)
class ExecutorRuntimeTest {
  @Test
  void servesAllTasksOfAJobFromOneRuntime() throws IOException {
    AtomicReference<ExecutorRuntime> seen = new AtomicReference<>();
    ReplicaSetup job = job(2);
    ExecutorRuntime.with(job, new Configuration(), "here", keepIn(seen));
    ExecutorRuntime first = seen.get();
    ExecutorRuntime.with(job(2), new Configuration(), "here", keepIn(seen));
    assertThat(seen.get()).isSameAs(first);
  }

  @Test
  void dropsTheEldestRuntimeThatNobodyUses() throws IOException {
    AtomicReference<ExecutorRuntime> seen = new AtomicReference<>();
    ExecutorRuntime.with(job(11), new Configuration(), "here", keepIn(seen));
    ExecutorRuntime eldest = seen.get();
    for (int other = 12; other <= 14; other++) {
      ExecutorRuntime.with(job(other), new Configuration(), "here", keepIn(seen));
    }
    ExecutorRuntime.with(job(11), new Configuration(), "here", keepIn(seen));
    assertThat(seen.get()).isNotSameAs(eldest);
  }

  @Test
  void refusesADatasetThatIsNotTheOneTheDriverSaw() throws IOException {
    InputSettings seen = job(2).input();
    InputSettings other =
        new InputSettings(
            new InputSettings.Source(seen.source().dataset(), "0".repeat(64), "train"),
            seen.order(),
            seen.features(),
            seen.reading(),
            seen.onBadExample());
    ReplicaSetup job = new ReplicaSetup(TinyNets.stack(), engine(), other);
    assertThatThrownBy(
            () -> ExecutorRuntime.with(job, new Configuration(), "here", runtime -> null))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("is not the one the driver read: manifest SHA-256 expected 0000")
        .hasMessageContaining(seen.source().digest())
        .hasMessageContaining("do not repack a dataset while it is in use");
  }

  private static ExecutorRuntime.Use<Void> keepIn(AtomicReference<ExecutorRuntime> seen) {
    return runtime -> {
      seen.set(runtime);
      return null;
    };
  }

  private static EngineSettings engine() {
    return new EngineSettings(EngineSettings.Type.ND4J, 1);
  }

  private static ReplicaSetup job(int windowBlocks) throws IOException {
    String uri = FashionMnist.shards(600, 50, 170).toUri().toString();
    try (Dataset dataset = Dataset.open(uri, new Configuration())) {
      return new ReplicaSetup(
          TinyNets.stack(),
          engine(),
          InputSettings.plain(dataset, "train", new InputSettings.Order(8, windowBlocks)));
    }
  }
}
