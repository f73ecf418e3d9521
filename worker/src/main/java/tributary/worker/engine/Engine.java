package tributary.worker.engine;

import tributary.worker.model.ModelConfiguration;

/** What computes: one per process and setting. Executor only; thread-safe. */
public interface Engine {
  /**
   * A model copy on this engine. Its parameters are undefined until {@link Replica#load}.
   *
   * @throws tributary.worker.model.ModelException naming what this engine can't run, and the remedy
   */
  Replica replica(ModelConfiguration model);
}
