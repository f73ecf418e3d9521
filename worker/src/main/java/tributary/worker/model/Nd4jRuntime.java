package tributary.worker.model;

import org.bytedeco.openblas.global.openblas;
import org.nd4j.linalg.cpu.nativecpu.bindings.Nd4jCpu;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.nativeblas.NativeOpsHolder;
import tributary.datasets.Natives;

/** ND4J's one-time start in a JVM, and the number of threads it computes with. */
public final class Nd4jRuntime {
  private Nd4jRuntime() {}

  /** Loads ND4J's native libraries once; later calls cost nothing. */
  public static void load() {
    Loaded.touch();
  }

  /**
   * Sets how many threads matrix products may use that the calling thread starts; ND4J's other
   * operations use one. The last bits of a result depend on it, so it belongs to the configuration
   * and never follows the machine.
   *
   * @param threads &gt;= 1
   * @throws IllegalStateException if another program's code in this JVM has loaded ND4J before, so
   *     that its other operations use more threads
   */
  public static void setThreads(int threads) {
    load();
    requireOneThreadOfItsOwn();
    NativeOpsHolder.getInstance().getDeviceNativeOps().setOmpNumThreads(threads);
    openblas.blas_set_num_threads(threads);
  }

  private static void requireOneThreadOfItsOwn() {
    if (Nd4j.getEnvironment().maxThreads() != 1) {
      throw new IllegalStateException(
          "ND4J was loaded before Tributary could set its threads: expected 1, found "
              + Nd4j.getEnvironment().maxThreads()
              + "; set SD_MAX_THREADS=1 in the environment");
    }
  }

  private static final class Loaded {
    static {
      NativeEnvironment.prepare();
      Natives.load(openblas.class, Nd4jCpu.class);
      Nd4j.getBackend();
    }

    static void touch() {}
  }
}
