package tributary.worker.engine.torch;

import static tributary.worker.engine.torch.TorchOptimizer.scalar;

import java.util.Map;
import org.bytedeco.pytorch.ScalarOptional;
import org.bytedeco.pytorch.Tensor;
import org.deeplearning4j.nn.conf.GradientNormalization;
import tributary.worker.engine.torch.TorchOptimizer.Step;
import tributary.worker.model.UpdatePlan.Normalization;

/**
 * DL4J's gradient normalisations, each of one stretch of the gradients; which stretches, a whole
 * layer or its tensors, the plan says. No result is waited for.
 */
final class TorchGradientNormalization {
  private static final Map<GradientNormalization, Row> ROWS =
      Map.of(
          GradientNormalization.RenormalizeL2PerLayer, TorchGradientNormalization::renormalize,
          GradientNormalization.RenormalizeL2PerParamType, TorchGradientNormalization::renormalize,
          GradientNormalization.ClipL2PerLayer, TorchGradientNormalization::clipNorm,
          GradientNormalization.ClipL2PerParamType, TorchGradientNormalization::clipNorm,
          GradientNormalization.ClipElementWiseAbsoluteValue, TorchGradientNormalization::clip);

  private TorchGradientNormalization() {}

  /** Changes gradients in place. */
  private interface Row {
    void apply(Tensor gradients, double threshold);
  }

  static Step of(Normalization normalization, Tensor gradients) {
    Row row = ROWS.get(normalization.kind());
    return key -> row.apply(gradients, normalization.threshold());
  }

  /** To norm 1; gradients that are all zero stay so. */
  private static void renormalize(Tensor gradients, double threshold) {
    Tensor norm = norm(gradients);
    gradients.div_(norm.masked_fill_(norm.eq(scalar(0)), scalar(1)));
  }

  /** To the threshold where the norm is larger, and otherwise by exactly 1. */
  private static void clipNorm(Tensor gradients, double threshold) {
    gradients.div_(norm(gradients).clamp_min_(scalar(threshold)).div_(scalar(threshold)));
  }

  private static void clip(Tensor gradients, double threshold) {
    gradients.clamp_(new ScalarOptional(scalar(-threshold)), new ScalarOptional(scalar(threshold)));
  }

  /** As a dot product, which libtorch sums more exactly than its own norm. */
  private static Tensor norm(Tensor gradients) {
    return gradients.dot(gradients).sqrt_();
  }
}
