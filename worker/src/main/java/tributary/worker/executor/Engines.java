package tributary.worker.executor;

import tributary.worker.engine.Engine;
import tributary.worker.engine.EngineSettings;
import tributary.worker.engine.nd4j.Nd4jEngine;
import tributary.worker.engine.torch.TorchEngine;
import tributary.worker.model.ModelConfiguration;

/** The one place that knows every engine. */
public final class Engines {
  private Engines() {}

  /**
   * Builds a replica and lets go of it: what an engine refuses is refused here, before any task.
   *
   * @throws tributary.worker.model.ModelException naming what the engine can't run, and the remedy
   */
  public static void requireRuns(EngineSettings settings, ModelConfiguration model) {
    of(settings).replica(model).close();
  }

  /** The engine that the settings name. */
  static Engine of(EngineSettings settings) {
    return switch (settings.type()) {
      case ND4J -> new Nd4jEngine(settings);
      case TORCH -> new TorchEngine(settings);
    };
  }
}
