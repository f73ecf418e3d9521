package tributary.worker.engine.torch;

import java.util.function.BiFunction;
import org.bytedeco.pytorch.Tensor;

/** A layer, ready to compute. */
@FunctionalInterface
interface TorchLayer {
  /** The layer's activations, part of the autograd graph, and the mask that holds for them. */
  Masked forward(Masked input, Pass pass);

  /** A layer that leaves the mask as it is. */
  static TorchLayer ofValues(BiFunction<Tensor, Pass, Tensor> function) {
    return (input, pass) -> input.with(function.apply(input.values(), pass));
  }

  /** This layer with another one before it. */
  default TorchLayer after(TorchLayer first) {
    return (input, pass) -> forward(first.forward(input, pass), pass);
  }
}
