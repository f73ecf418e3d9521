package tributary.worker.engine.torch;

import org.bytedeco.pytorch.Tensor;

/** One layer of a compiled network. */
interface TorchLayer {
  /**
   * The layer's output; records what the backward pass needs unless gradients are off.
   *
   * @param input as the layer before left it: {@code [size][channels][height][width]} or {@code
   *     [size][features]}
   */
  Tensor forward(Tensor input);
}
