package tributary.worker.engine.torch;

import tributary.worker.engine.Engine;
import tributary.worker.engine.EngineSettings;
import tributary.worker.engine.Replica;
import tributary.worker.model.ModelConfiguration;

/** Runs networks on libtorch. */
public final class TorchEngine implements Engine {
  private final EngineSettings settings;

  /** Starts libtorch in this process. */
  public TorchEngine(EngineSettings settings) {
    TorchRuntime.load();
    this.settings = settings;
  }

  @Override
  public Replica replica(ModelConfiguration model, int gpu) {
    return new TorchReplica(TorchCompiler.compile(model, TorchDevice.of(settings, gpu)), settings);
  }
}
