package tributary.worker.engine.torch;

import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;

/** A parameter as a layer sees it in one pass: frozen or under noise, as configured. */
@FunctionalInterface
interface Parameter {
  /** A layer goes without this one, such as a bias. */
  Parameter NONE = pass -> null;

  /** The tensor to compute with, row-major shape; null if the layer has none. */
  Tensor in(Pass pass);

  /** For operations whose parameter may be missing; made anew, as a kept one would hold memory. */
  default TensorOptional optional(Pass pass) {
    Tensor tensor = in(pass);
    return tensor == null ? new TensorOptional() : new TensorOptional(tensor);
  }
}
