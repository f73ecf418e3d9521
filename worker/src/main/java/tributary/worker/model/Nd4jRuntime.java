package tributary.worker.model;

import org.bytedeco.openblas.global.openblas;
import org.nd4j.linalg.cpu.nativecpu.bindings.Nd4jCpu;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.nativeblas.NativeOpsHolder;
import tributary.datasets.Natives;

/** ND4J's one-time start in a JVM, and its process-wide number of threads. */
public final class Nd4jRuntime {
  private Nd4jRuntime() {}

  /** Loads ND4J's native libraries once; later calls cost nothing. */
  public static void load() {
    Loaded.touch();
  }

  /**
   * Sets how many threads one operation may use. Results depend on it (sums are cut differently),
   * so it belongs to the configuration and never follows the machine.
   *
   * @param threads &gt;= 1
   */
  public static void setThreads(int threads) {
    load();
    Nd4j.getEnvironment().setMaxMasterThreads(threads);
    NativeOpsHolder.getInstance().getDeviceNativeOps().setOmpNumThreads(threads);
    openblas.blas_set_num_threads(threads);
  }

  private static final class Loaded {
    static {
      Natives.load(openblas.class, Nd4jCpu.class);
      Nd4j.getBackend();
    }

    static void touch() {}
  }
}
