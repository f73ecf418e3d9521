package tributary.worker.executor;

import java.io.IOException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import tributary.datasets.DataException;
import tributary.datasets.shard.BadExample;
import tributary.datasets.shard.Dataset;
import tributary.datasets.shard.ShardCache;
import tributary.worker.features.FeatureExtractor;
import tributary.worker.features.FeatureSettings;
import tributary.worker.model.ModelState;
import tributary.worker.model.Network;
import tributary.worker.train.Evaluation;
import tributary.worker.train.Evaluator;
import tributary.worker.train.InputSettings;
import tributary.worker.train.LocalTrainer;
import tributary.worker.train.Places;
import tributary.worker.train.RoundPlan;
import tributary.worker.train.RoundResult;
import tributary.worker.train.StepWatch;
import tributary.worker.train.TrainingInput;

/**
 * Serves the tasks of one setup in this process. Executor only, one per JVM and setup; safe for as
 * many threads as there are task slots.
 */
public final class ExecutorRuntime {
  /** One for training and one for evaluation; an executor that serves a third drops the eldest. */
  private static final int KEPT = 2;

  private static final Map<ReplicaSetup, ExecutorRuntime> RUNTIMES = new LinkedHashMap<>();

  private final ReplicaSetup setup;
  private final Dataset dataset;
  private final ReplicaPool replicas;
  private final LocalTrainer trainer;
  private final Evaluator evaluator;
  private int users;

  private ExecutorRuntime(ReplicaSetup setup, Configuration hadoop, String host)
      throws IOException {
    this.setup = setup;
    this.dataset =
        Dataset.open(
            setup.input().source().dataset(), hadoop, cache(setup.input().reading().cache()));
    requireSameDataset();
    this.replicas = new ReplicaPool(Engines.of(setup.engine()), setup.model());
    TrainingInput input = TrainingInput.of(dataset, setup.input());
    this.trainer = new LocalTrainer(input, Network.layoutOf(setup.model()), host);
    this.evaluator = new Evaluator(input);
  }

  /**
   * Runs {@code use} on the runtime of a setup, which is made on first use and kept for the next.
   *
   * @param hadoop how to reach the dataset's file system
   * @param host this machine's name, for reports
   * @throws DataException if the dataset is missing or not the one the driver saw
   */
  public static <T> T with(ReplicaSetup setup, Configuration hadoop, String host, Use<T> use)
      throws IOException {
    ExecutorRuntime runtime = acquire(setup, hadoop, host);
    try {
      return use.of(runtime);
    } finally {
      release(runtime);
    }
  }

  private static ExecutorRuntime acquire(ReplicaSetup setup, Configuration hadoop, String host)
      throws IOException {
    synchronized (RUNTIMES) {
      ExecutorRuntime runtime = RUNTIMES.remove(setup);
      if (runtime == null) {
        runtime = new ExecutorRuntime(setup, hadoop, host);
      }
      RUNTIMES.put(setup, runtime);
      runtime.users++;
      return runtime;
    }
  }

  private static void release(ExecutorRuntime runtime) throws IOException {
    synchronized (RUNTIMES) {
      runtime.users--;
      int excess = RUNTIMES.size() - KEPT;
      for (var eldest = RUNTIMES.values().iterator(); excess > 0 && eldest.hasNext(); ) {
        ExecutorRuntime candidate = eldest.next();
        if (candidate.users == 0) {
          eldest.remove();
          candidate.close();
          excess--;
        }
      }
    }
  }

  /** Takes replica {@code index} of the plan through its local steps. */
  public RoundResult train(int index, RoundPlan plan, ModelState start, StepWatch watch)
      throws IOException {
    return replicas.with(replica -> trainer.train(replica, index, plan, start, watch));
  }

  /** Evaluates examples of the setup's split. */
  public Evaluation evaluate(Places places, int minibatchSize, ModelState state)
      throws IOException {
    return replicas.with(
        replica -> {
          replica.load(state);
          return evaluator.evaluate(replica, places, minibatchSize);
        });
  }

  /**
   * Extracts the vectors of examples of the setup's split, in their order.
   *
   * @param sink gets a row for each, also for bad ones
   * @return the bad ones
   */
  public List<BadExample> extract(
      Places places, FeatureSettings features, ModelState state, FeatureExtractor.Sink sink)
      throws IOException {
    FeatureExtractor extractor =
        new FeatureExtractor(TrainingInput.of(dataset, setup.input()), features);
    return replicas.with(
        replica -> {
          replica.load(state);
          return extractor.extract(replica, places, sink);
        });
  }

  private static ShardCache cache(InputSettings.Cache cache) throws IOException {
    if (cache == null) {
      return null;
    }
    try {
      return ShardCache.at(Path.of(cache.folder()), cache.maxBytes());
    } catch (IOException | InvalidPathException e) {
      throw new DataException(
          "Cannot keep copies of shards in "
              + cache.folder()
              + " (input.cache-folder): "
              + e.getMessage(),
          e);
    }
  }

  private void close() throws IOException {
    replicas.close();
    dataset.close();
  }

  private void requireSameDataset() throws IOException {
    if (!dataset.digest().equals(setup.input().source().digest())) {
      String found = dataset.digest();
      dataset.close();
      throw new DataException(
          "The dataset "
              + setup.input().source().dataset()
              + " is not the one the driver read: manifest SHA-256 expected "
              + setup.input().source().digest()
              + ", found "
              + found
              + "; do not repack a dataset while it is in use");
    }
  }

  /** What a task does with the runtime. */
  public interface Use<T> {
    /** Runs the task. */
    T of(ExecutorRuntime runtime) throws IOException;
  }
}
