package tributary.worker.executor;

import java.io.IOException;
import java.io.Serializable;
import java.util.Objects;
import org.apache.hadoop.conf.Configuration;
import tributary.datasets.minibatch.ArrayExamples;
import tributary.datasets.minibatch.ArrayFiles;
import tributary.worker.engine.EngineSettings;
import tributary.worker.model.ModelConfiguration;
import tributary.worker.model.ModelState;
import tributary.worker.model.Network;
import tributary.worker.train.LocalTrainer;
import tributary.worker.train.RoundPlan;
import tributary.worker.train.RoundResult;
import tributary.worker.train.StepWatch;
import tributary.worker.train.TrainingInput;

/**
 * Serves the tasks that train on {@link ArrayExamples} in this process. Executor only, one per JVM:
 * another setup's takes its place as soon as no task uses it.
 */
public final class ArrayRuntime {
  private static ArrayRuntime current;

  private final Setup setup;
  private final ReplicaPool replicas;
  private final ArrayFiles files;
  private final LocalTrainer trainer;
  private int users;
  private boolean replaced;

  private ArrayRuntime(Setup setup, Configuration hadoop, String host) throws IOException {
    this.setup = setup;
    this.replicas = new ReplicaPool(Engines.of(setup.engine()), setup.model());
    this.files = new ArrayFiles(setup.examples(), hadoop, host);
    this.trainer = new LocalTrainer(TrainingInput.of(files), Network.layoutOf(setup.model()), host);
  }

  /**
   * What an executor must know besides the plan. Sent with each task.
   *
   * @param model the network
   * @param engine what runs it
   * @param examples what it is trained on
   */
  public record Setup(ModelConfiguration model, EngineSettings engine, ArrayExamples examples)
      implements Serializable {
    /** Refuses missing parts. */
    public Setup {
      Objects.requireNonNull(model, "model");
      Objects.requireNonNull(engine, "engine");
      Objects.requireNonNull(examples, "examples");
    }
  }

  /** Takes replica {@code index} of the plan through its local steps. */
  public static RoundResult train(
      Setup setup,
      Configuration hadoop,
      String host,
      int index,
      RoundPlan plan,
      ModelState start,
      StepWatch watch)
      throws IOException {
    ArrayRuntime runtime = acquire(setup, hadoop, host);
    try {
      return runtime.replicas.with(
          replica -> runtime.trainer.train(replica, index, plan, start, watch));
    } finally {
      release(runtime);
    }
  }

  private static synchronized ArrayRuntime acquire(Setup setup, Configuration hadoop, String host)
      throws IOException {
    if (current == null || !current.setup.equals(setup)) {
      if (current != null) {
        current.replaced = true;
        current.closeIfIdle();
      }
      current = new ArrayRuntime(setup, hadoop, host);
    }
    current.users++;
    return current;
  }

  private static synchronized void release(ArrayRuntime runtime) throws IOException {
    runtime.users--;
    runtime.closeIfIdle();
  }

  private void closeIfIdle() throws IOException {
    if (replaced && users == 0) {
      replicas.close();
      files.close();
    }
  }
}
