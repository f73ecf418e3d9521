package tributary.worker.engine;

import java.io.Serializable;
import tributary.datasets.Checks;

/**
 * Which engine runs, and on what. Sent to executors.
 *
 * @param type the engine
 * @param threads threads that one replica computes with, &gt;= 1; sums are cut by them, so it is
 *     part of what determines the result
 */
public record EngineSettings(Type type, int threads) implements Serializable {
  /** The engines on offer. */
  public enum Type {
    /** DL4J's own kernels: runs every DL4J network. */
    ND4J,
    /** libtorch: faster, for the layers it knows. */
    TORCH
  }

  /** Checks the ranges. */
  public EngineSettings {
    Checks.argument(threads >= 1, "threads must be >= 1, got %d", threads);
  }
}
