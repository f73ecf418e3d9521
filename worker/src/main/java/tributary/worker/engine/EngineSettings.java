package tributary.worker.engine;

import java.io.Serializable;
import java.util.Objects;
import tributary.datasets.Checks;

/**
 * Which engine runs, and on what. Sent to executors.
 *
 * @param type the engine
 * @param threads threads that one replica computes with, &gt;= 1; sums are cut by them, so it is
 *     part of what determines the result
 * @param precision of matrix products and convolutions; only the torch engine has another than
 *     {@link Precision#FP32}
 */
public record EngineSettings(Type type, int threads, Precision precision) implements Serializable {
  /** The engines on offer. */
  public enum Type {
    /** DL4J's own kernels: runs every DL4J network. */
    ND4J,
    /** libtorch: faster, for the layers it knows. */
    TORCH
  }

  /** What numbers are multiplied in; parameters, gradients and updates are 32 bits wide always. */
  public enum Precision {
    /** 32 bits. */
    FP32,
    /** bfloat16: the upper half of 32 bits, about three digits; sums are 32 bits wide. */
    BF16
  }

  /** Checks the ranges. */
  public EngineSettings {
    Objects.requireNonNull(type, "type");
    Checks.argument(threads >= 1, "threads must be >= 1, got %d", threads);
    Checks.argument(
        precision == Precision.FP32 || type == Type.TORCH,
        "engine.precision %s needs engine.type torch; %s computes in fp32",
        precision,
        type);
  }

  /** An engine that computes with 32 bits. */
  public EngineSettings(Type type, int threads) {
    this(type, threads, Precision.FP32);
  }
}
