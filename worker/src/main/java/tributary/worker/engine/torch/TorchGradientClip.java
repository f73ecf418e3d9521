package tributary.worker.engine.torch;

import static tributary.worker.engine.torch.TorchOptimizer.scalar;

import java.util.List;
import org.bytedeco.pytorch.ScalarOptional;
import org.bytedeco.pytorch.Tensor;
import tributary.worker.model.GradientClip;

/** Clips the gradients of a network; no result is waited for. */
final class TorchGradientClip {
  private TorchGradientClip() {}

  /**
   * Changes gradients in place.
   *
   * @param gradients of all parameters that the optimizer moves
   */
  static void apply(GradientClip clip, List<Tensor> gradients) {
    if (gradients.isEmpty()) {
      return;
    }
    if (clip.norm() > 0) {
      clipNorm(gradients, clip.norm());
    } else if (clip.value() > 0) {
      var least = new ScalarOptional(scalar(-clip.value()));
      var most = new ScalarOptional(scalar(clip.value()));
      gradients.forEach(gradient -> gradient.clamp_(least, most));
    }
  }

  /** Divides by exactly 1 where the norm is not above the threshold. */
  private static void clipNorm(List<Tensor> gradients, double threshold) {
    Tensor squares =
        gradients.stream()
            .map(gradient -> gradient.dot(gradient))
            .reduce(Tensor::add_)
            .orElseThrow();
    Tensor divisor = squares.sqrt_().clamp_min_(scalar(threshold)).div_(scalar(threshold));
    gradients.forEach(gradient -> gradient.div_(divisor));
  }
}
