package tributary.worker.engine.torch;

import org.bytedeco.pytorch.Generator;
import org.bytedeco.pytorch.Tensor;

/** An activation function. */
@FunctionalInterface
interface TorchActivation {
  /**
   * Activations in the input's shape, part of the autograd graph.
   *
   * @param input of any rank
   * @param noise where a function that is random while training draws from; null when not training
   */
  Tensor apply(Tensor input, Generator noise);
}
