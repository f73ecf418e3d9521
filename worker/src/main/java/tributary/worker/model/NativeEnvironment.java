package tributary.worker.model;

import com.sun.jna.platform.unix.LibC;
import java.util.Map;

/** Environment variables that native libraries read when they are loaded. */
public final class NativeEnvironment {
  /**
   * Sums are cut by the number of threads, which would otherwise follow the machine; OpenMP threads
   * that spin make ND4J's recurrent layers 20 times slower, and two libtorch replicas side by side
   * twice. libtorch takes and returns its large buffers at each step: in pages of 2 MB that is a
   * tenth faster. On a GPU, cuBLAS gives the same bits each time only with work spaces of a fixed
   * size.
   */
  private static final Map<String, String> VARIABLES =
      Map.of(
          "SD_MAX_THREADS", "1",
          "SD_MASTER_THREADS", "1",
          "OMP_NUM_THREADS", "1",
          "OMP_WAIT_POLICY", "passive",
          "THP_MEM_ALLOC_ENABLE", "1",
          "CUBLAS_WORKSPACE_CONFIG", ":4096:8");

  private NativeEnvironment() {}

  /** Sets them in this process; must come before any library of an engine is loaded. */
  public static void prepare() {
    VARIABLES.forEach((name, value) -> LibC.INSTANCE.setenv(name, value, 1));
  }
}
