package tributary.worker.executor;

import java.io.Serializable;
import java.util.Objects;
import tributary.worker.engine.EngineSettings;
import tributary.worker.model.ModelConfiguration;
import tributary.worker.train.InputSettings;

/**
 * What an executor must know of a run besides the plan. Sent with each task.
 *
 * @param model the network
 * @param engine what runs it
 * @param input where the examples come from
 */
public record ReplicaSetup(ModelConfiguration model, EngineSettings engine, InputSettings input)
    implements Serializable {
  /** Refuses missing parts. */
  public ReplicaSetup {
    Objects.requireNonNull(model, "model");
    Objects.requireNonNull(engine, "engine");
    Objects.requireNonNull(input, "input");
  }

  /** The same examples seen in another way. */
  public ReplicaSetup with(InputSettings.Features features) {
    return new ReplicaSetup(model, engine, input.with(features));
  }
}
