package tributary.worker.engine.nd4j;

import tributary.worker.engine.Engine;
import tributary.worker.engine.EngineSettings;
import tributary.worker.engine.Replica;
import tributary.worker.model.ModelConfiguration;
import tributary.worker.model.Nd4jRuntime;
import tributary.worker.model.Network;

/** Runs networks on DL4J's {@code MultiLayerNetwork} and {@code ComputationGraph}. */
public final class Nd4jEngine implements Engine {
  private final int threads;

  /** Starts ND4J in this process. */
  public Nd4jEngine(EngineSettings settings) {
    Nd4jRuntime.load();
    this.threads = settings.threads();
  }

  @Override
  public Replica replica(ModelConfiguration model, int gpu) {
    return new Nd4jReplica(Network.build(model), threads);
  }
}
