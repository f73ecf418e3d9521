package tributary.worker.executor;

import java.util.Optional;
import tributary.worker.engine.Engine;
import tributary.worker.engine.EngineSettings;
import tributary.worker.engine.Replica;
import tributary.worker.engine.nd4j.Nd4jEngine;
import tributary.worker.engine.torch.TorchEngine;
import tributary.worker.model.ModelConfiguration;
import tributary.worker.model.ModelException;

/** The one place that knows every engine. */
public final class Engines {
  private Engines() {}

  /**
   * Builds a replica and lets go of it: what an engine refuses is refused here, before any task.
   *
   * @throws ModelException naming what the engine can't run, and the remedy
   */
  public static void requireRuns(EngineSettings settings, ModelConfiguration model) {
    replica(settings, model).close();
  }

  /** Why an engine can't run the model; empty if it can. */
  public static Optional<String> refusal(EngineSettings settings, ModelConfiguration model) {
    try {
      requireRuns(settings, model);
      return Optional.empty();
    } catch (ModelException e) {
      return Optional.of(e.getMessage());
    }
  }

  /**
   * Builds a replica; the caller closes it.
   *
   * @throws ModelException naming what the engine can't run, and the remedy
   */
  public static Replica replica(EngineSettings settings, ModelConfiguration model) {
    return of(settings).replica(model);
  }

  /** The engine that the settings name. */
  static Engine of(EngineSettings settings) {
    return switch (settings.type()) {
      case ND4J -> new Nd4jEngine(settings);
      case TORCH -> new TorchEngine(settings);
    };
  }
}
