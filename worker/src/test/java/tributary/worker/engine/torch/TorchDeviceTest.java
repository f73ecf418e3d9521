package tributary.worker.engine.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tributary.worker.engine.EngineSettings;
import tributary.worker.engine.EngineSettings.Device;
import tributary.worker.engine.EngineSettings.Precision;
import tributary.worker.model.ModelException;

/** On a machine without a GPU; {@link GpuTest} is for those that have one. */
class TorchDeviceTest {
  @BeforeAll
  static void noGpu() {
    TorchRuntime.load();
    assumeFalse(torch.cuda_is_available(), "this machine has a GPU");
  }

  @Test
  void whoTakesAGpuWhereThereIsOneComputesOnTheProcessorElse() {
    assertThat(TorchDevice.of(settings(Device.AUTO), 0)).isEqualTo(TorchDevice.CPU);
  }

  @Test
  void whoAsksForAGpuIsToldThatThereIsNone() {
    assertThatThrownBy(() -> TorchDevice.of(settings(Device.CUDA), 0))
        .isInstanceOf(ModelException.class)
        .hasMessage(
            "engine.device cuda: no GPU that libtorch can use; expected an NVIDIA driver and a job"
                + " jar built with -Pgpu; set engine.device: cpu, or auto");
  }

  private static EngineSettings settings(Device device) {
    return new EngineSettings(EngineSettings.Type.TORCH, /* threads= */ 1, Precision.FP32, device);
  }
}
