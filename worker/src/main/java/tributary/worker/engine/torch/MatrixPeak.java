package tributary.worker.engine.torch;

import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.GeneratorOptional;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import tributary.worker.engine.EngineSettings;
import tributary.worker.engine.EngineSettings.Precision;

/** What this machine can multiply, to hold a network's speed against. */
@SuppressWarnings("try") // scopes and guards are held, not used
public final class MatrixPeak {
  private static final int SIDE = 1536;
  private static final int GPU_SIDE = 8192;
  private static final int TRIALS = 7;

  private MatrixPeak() {}

  /**
   * Billions of multiplications and additions a second in products of large square matrices, on the
   * device that an engine computes on, in its precision.
   */
  public static double gflops(EngineSettings engine) {
    TorchRuntime.load();
    TorchRuntime.setThreads(engine.threads());
    TorchDevice device = TorchDevice.of(engine, /* gpu= */ 0);
    long side = device.isGpu() ? GPU_SIDE : SIDE;
    try (PointerScope scope = new PointerScope();
        NoGradGuard guard = new NoGradGuard()) {
      Tensor left = matrix(side, 1, device, engine.precision());
      Tensor right = matrix(side, 2, device, engine.precision());
      long best = Long.MAX_VALUE;
      for (int trial = 0; trial < TRIALS; trial++) {
        device.await();
        long start = System.nanoTime();
        torch.mm(left, right);
        device.await();
        best = Math.min(best, System.nanoTime() - start);
      }
      return 2.0 * side * side * side / best;
    }
  }

  private static Tensor matrix(long side, long seed, TorchDevice device, Precision precision) {
    Tensor values =
        device
            .zeros(side * side)
            .view(side, side)
            .normal_(0, 1, new GeneratorOptional(device.noise(seed)));
    return precision == Precision.BF16 ? values.to(ScalarType.BFloat16) : values;
  }
}
