package tributary.worker.engine.torch;

import org.bytedeco.openblas.global.openblas;
import org.bytedeco.pytorch.global.torch;
import tributary.datasets.Natives;
import tributary.worker.model.NativeEnvironment;

/** libtorch's one-time start in a JVM, and the number of threads it computes with. */
final class TorchRuntime {
  private TorchRuntime() {}

  /** Loads the native libraries once; later calls cost nothing. */
  static void load() {
    NativeEnvironment.prepare();
    Natives.load(torch.class);
  }

  /**
   * Sets how many threads an operation may use that the calling thread starts. libtorch multiplies
   * matrices by OpenBLAS, whose number of threads ND4J sets to the machine's when it starts.
   */
  static void setThreads(int threads) {
    torch.set_num_threads(threads);
    openblas.blas_set_num_threads(threads);
  }
}
