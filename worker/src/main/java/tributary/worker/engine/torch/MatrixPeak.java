package tributary.worker.engine.torch;

import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.GeneratorOptional;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import tributary.worker.engine.EngineSettings.Precision;

/** What this machine can multiply, to hold a network's speed against. */
@SuppressWarnings("try") // scopes and guards are held, not used
public final class MatrixPeak {
  private static final int SIDE = 1536;
  private static final int TRIALS = 7;

  private MatrixPeak() {}

  /** Billions of multiplications and additions a second in products of large square matrices. */
  public static double gflops(int threads, Precision precision) {
    TorchRuntime.load();
    TorchRuntime.setThreads(threads);
    try (PointerScope scope = new PointerScope();
        NoGradGuard guard = new NoGradGuard()) {
      Tensor left = matrix(1, precision);
      Tensor right = matrix(2, precision);
      long best = Long.MAX_VALUE;
      for (int trial = 0; trial < TRIALS; trial++) {
        long start = System.nanoTime();
        torch.mm(left, right);
        best = Math.min(best, System.nanoTime() - start);
      }
      return 2.0 * SIDE * SIDE * SIDE / best;
    }
  }

  private static Tensor matrix(long seed, Precision precision) {
    Tensor values =
        torch
            .empty(SIDE, SIDE)
            .normal_(0, 1, new GeneratorOptional(torch.createCPUGenerator(seed)));
    return precision == Precision.BF16 ? values.to(ScalarType.BFloat16) : values;
  }
}
