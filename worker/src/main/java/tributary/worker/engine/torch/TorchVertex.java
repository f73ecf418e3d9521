package tributary.worker.engine.torch;

import java.util.List;

/** A node of the graph: one value out of the values of the nodes before it. */
@FunctionalInterface
interface TorchVertex {
  /** The node's activations, part of the autograd graph, and the mask that holds for them. */
  Masked forward(List<Masked> inputs, Pass pass);

  /** A node that reads one value. */
  static TorchVertex of(TorchLayer layer) {
    return (inputs, pass) -> layer.forward(inputs.get(0), pass);
  }
}
