package tributary.worker.executor;

import tributary.worker.engine.Engine;
import tributary.worker.engine.EngineSettings;
import tributary.worker.engine.nd4j.Nd4jEngine;

/** The one place that knows every engine. */
final class Engines {
  private Engines() {}

  /** The engine that the settings name. */
  static Engine of(EngineSettings settings) {
    return switch (settings.type()) {
      case ND4J -> new Nd4jEngine(settings);
    };
  }
}
