package tributary.worker.engine.torch;

import org.bytedeco.pytorch.Generator;
import org.bytedeco.pytorch.Tensor;

/** An activation function, element by element or over the features (dimension 1). */
@FunctionalInterface
interface TorchActivation {
  /**
   * The activations of sums of any rank.
   *
   * @param noise where a random activation draws from; null in evaluation
   */
  Tensor apply(Tensor sums, Generator noise);
}
