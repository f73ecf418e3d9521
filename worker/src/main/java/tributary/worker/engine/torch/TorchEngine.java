package tributary.worker.engine.torch;

import tributary.worker.engine.Engine;
import tributary.worker.engine.EngineSettings;
import tributary.worker.engine.Replica;
import tributary.worker.model.ModelConfiguration;

/** Runs networks on libtorch. */
public final class TorchEngine implements Engine {
  private final int threads;

  /** Starts libtorch in this process. */
  public TorchEngine(EngineSettings settings) {
    TorchRuntime.load();
    this.threads = settings.threads();
  }

  @Override
  public Replica replica(ModelConfiguration model) {
    return new TorchReplica(TorchCompiler.compile(model), threads);
  }
}
