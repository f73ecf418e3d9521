package tributary.worker.engine.torch;

import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.pytorch.BoolOptional;
import org.bytedeco.pytorch.Context;
import org.bytedeco.pytorch.Device;
import org.bytedeco.pytorch.DeviceOptional;
import org.bytedeco.pytorch.Generator;
import org.bytedeco.pytorch.MemoryFormatOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.DeviceType;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.bytedeco.pytorch.global.torch_cuda;
import tributary.worker.engine.EngineSettings;
import tributary.worker.engine.EngineSettings.Precision;
import tributary.worker.model.ModelException;

/**
 * Where a replica's tensors lie and who computes on them.
 *
 * @param type processor or GPU
 * @param index which GPU; -1 for the processor
 * @param numbers the type of parameters and minibatches
 */
record TorchDevice(DeviceType type, int index, ScalarType numbers) {
  static final TorchDevice CPU = new TorchDevice(DeviceType.CPU, -1, ScalarType.Float);

  /**
   * The device that the settings ask for.
   *
   * @param gpu which GPU belongs to the task, if one is used
   * @throws ModelException if a GPU is asked for and there is none
   */
  static TorchDevice of(EngineSettings settings, int gpu) {
    boolean available = torch.cuda_is_available();
    return switch (settings.device()) {
      case CPU -> CPU;
      case AUTO -> available ? cuda(gpu, settings.precision()) : CPU;
      case CUDA -> {
        if (!available) {
          throw new ModelException(
              "engine.device cuda: no GPU that libtorch can use; expected an NVIDIA driver and a"
                  + " job jar built with -Pgpu; set engine.device: cpu, or auto");
        }
        yield cuda(gpu, settings.precision());
      }
    };
  }

  /** The same device, but twice as precise: what is left of a difference is no rounding. */
  TorchDevice inDoubles() {
    return new TorchDevice(type, index, ScalarType.Double);
  }

  boolean isGpu() {
    return type == DeviceType.CUDA;
  }

  /** A vector of zeros. */
  Tensor zeros(long size) {
    return torch.zeros(new long[] {size}, options());
  }

  /** Values of a minibatch on this device; a GPU fetches them while the calling thread goes on. */
  Tensor floats(float[] values, long... shape) {
    if (!isGpu()) {
      Tensor tensor = torch.empty(shape);
      new FloatPointer(tensor.data_ptr()).put(values);
      return tensor.to(numbers);
    }
    TensorOptions pinned = new TensorOptions().pinned_memory(new BoolOptional(true));
    Tensor staged = torch.empty(shape, pinned, new MemoryFormatOptional());
    new FloatPointer(staged.data_ptr()).put(values);
    return moved(staged).to(numbers);
  }

  /** Class indices on this device. */
  Tensor longs(long[] values) {
    Tensor tensor = torch.tensor(values);
    return isGpu() ? moved(tensor) : tensor;
  }

  /** A source of noise for operations on this device. */
  Generator noise(long seed) {
    if (!isGpu()) {
      return torch.createCPUGenerator(seed);
    }
    Generator generator = torch_cuda.make_generator_cuda((byte) index);
    generator.set_current_seed(seed);
    return generator;
  }

  /**
   * Whether products of 32-bit numbers may round what they multiply to TF32. libtorch keeps that
   * for the whole process, so each step says it anew: replicas side by side may differ in it.
   */
  void allow(Precision precision) {
    if (isGpu()) {
      Context context = torch.globalContext();
      context.setAllowTF32CuBLAS(precision == Precision.TF32);
      context.setAllowTF32CuDNN(precision == Precision.TF32);
    }
  }

  /** Waits until all that was asked for is done, so that a clock tells the truth. */
  void await() {
    if (isGpu()) {
      torch.cuda_synchronize(index);
    }
  }

  private Tensor moved(Tensor tensor) {
    return tensor.to(
        device(),
        tensor.scalar_type(),
        /* non_blocking= */ true,
        false,
        new MemoryFormatOptional());
  }

  private TensorOptions options() {
    return new TensorOptions(numbers).device(new DeviceOptional(device()));
  }

  private Device device() {
    return new Device(type, (byte) index);
  }

  /** The same bits each time cost some speed: no search for the fastest kernel, none with races. */
  private static TorchDevice cuda(int gpu, Precision precision) {
    Context context = torch.globalContext();
    context.setBenchmarkCuDNN(false);
    context.setDeterministicCuDNN(true);
    context.setDeterministicAlgorithms(true, /* warn_only= */ true);
    // All of it is written before it is read.
    context.setDeterministicFillUninitializedMemory(false);
    TorchDevice device = new TorchDevice(DeviceType.CUDA, gpu, ScalarType.Float);
    device.allow(precision);
    return device;
  }
}
