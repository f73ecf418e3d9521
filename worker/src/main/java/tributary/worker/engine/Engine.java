package tributary.worker.engine;

import tributary.worker.model.ModelConfiguration;

/** What computes: one per process and setting. Executor only; thread-safe. */
public interface Engine {
  /**
   * A model copy on this engine. Its parameters are undefined until {@link Replica#load}.
   *
   * @param gpu which GPU of this machine is the caller's; unused by an engine without
   * @throws tributary.worker.model.ModelException naming what this engine can't run, and the remedy
   */
  Replica replica(ModelConfiguration model, int gpu);

  /** A model copy for a caller without a GPU of its own. */
  default Replica replica(ModelConfiguration model) {
    return replica(model, 0);
  }
}
