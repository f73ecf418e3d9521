package tributary.worker.engine.torch;

import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.DeviceType;
import org.bytedeco.pytorch.global.torch.ScalarType;
import tributary.worker.engine.EngineSettings.Precision;

/**
 * While open, the calling thread's matrix products and convolutions take their inputs in another
 * precision: Micikevicius et al., "Mixed Precision Training", arXiv:1710.03740, section 3, with
 * bfloat16 (Kalamkar et al., arXiv:1905.12322), whose range needs no scaling of the loss.
 */
final class Autocast implements AutoCloseable {
  private final DeviceType device;
  private final boolean lowered;

  Autocast(TorchDevice device, Precision precision) {
    device.allow(precision);
    this.device = device.type();
    this.lowered = precision == Precision.BF16;
    if (lowered) {
      torch.set_autocast_dtype(this.device, ScalarType.BFloat16);
      // A cached copy of a parameter would outlive the update that makes it wrong.
      torch.set_autocast_cache_enabled(false);
      torch.set_autocast_enabled(this.device, true);
    }
  }

  /** At least 32 bits: losses are too fine for 16. */
  static Tensor widened(Tensor values) {
    return values.to(torch.promote_types(values.scalar_type(), ScalarType.Float));
  }

  @Override
  public void close() {
    if (lowered) {
      torch.set_autocast_enabled(device, false);
    }
  }
}
