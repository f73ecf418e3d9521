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
 * @param device what computes; only the torch engine knows GPUs
 */
public record EngineSettings(Type type, int threads, Precision precision, Device device)
    implements Serializable {
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
    /** 32 bits that a GPU may multiply with 10 bits of fraction; the same as FP32 without one. */
    TF32,
    /** bfloat16: the upper half of 32 bits, about three digits; sums are 32 bits wide. */
    BF16
  }

  /** What computes. */
  public enum Device {
    /** A GPU if libtorch finds one, the processor otherwise. */
    AUTO,
    /** The processor. */
    CPU,
    /** An NVIDIA GPU: that of the Spark task, or the first. */
    CUDA
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
    Checks.argument(
        device != Device.CUDA || type == Type.TORCH,
        "engine.device cuda needs engine.type torch; %s computes on the processor",
        type);
  }

  /** An engine that computes with 32 bits on the processor. */
  public EngineSettings(Type type, int threads) {
    this(type, threads, Precision.FP32, Device.CPU);
  }
}
