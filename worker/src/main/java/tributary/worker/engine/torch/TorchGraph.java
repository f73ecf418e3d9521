package tributary.worker.engine.torch;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import tributary.datasets.Checks;
import tributary.worker.model.ModelException;

/**
 * What a network computes: a list of values, the network's inputs first, then one of each node, in
 * an order in which a node comes after those that it reads.
 *
 * @param inputs number of inputs of the network
 * @param nodes what computes the further values
 * @param outputs which values are the network's outputs
 */
@SuppressWarnings("try") // scopes are held, not used
record TorchGraph(int inputs, List<Node> nodes, List<Integer> outputs) {
  /**
   * A node.
   *
   * @param name DL4J's
   * @param reads indices of the values that it reads
   * @param vertex what computes its value
   * @param output what computes its loss; null if no network can end with it
   */
  record Node(String name, List<Integer> reads, TorchVertex vertex, TorchOutput output) {
    /** Keeps an own copy of the list. */
    Node {
      reads = List.copyOf(reads);
    }

    /** A node of one layer. */
    static Node of(String name, int reads, TorchLayer layer) {
      return new Node(
          name,
          List.of(reads),
          (inputs, pass) -> layer.forward(inputs.get(0), pass),
          layer instanceof TorchOutput output ? output : null);
    }
  }

  /** Keeps own copies of the lists. */
  TorchGraph {
    nodes = List.copyOf(nodes);
    outputs = List.copyOf(outputs);
  }

  /** The activations of the outputs, in the caller's scope. */
  List<Masked> activations(List<Masked> features, Pass pass) {
    return activations(features, outputs, pass);
  }

  /**
   * The activations of some nodes, in the caller's scope; what comes after the last is not
   * computed.
   *
   * @param wanted indices of values
   */
  List<Masked> activations(List<Masked> features, List<Integer> wanted, Pass pass) {
    PointerScope caller = PointerScope.getInnerScope();
    int last = Collections.max(wanted);
    try (Values values = new Values(features)) {
      values.expectReaders(wanted);
      for (int i = 0; inputs + i <= last; i++) {
        values.compute(i, pass);
      }
      List<Masked> results = wanted.stream().map(values::at).toList();
      results.forEach(result -> result.tensors().forEach(caller::attach));
      return results;
    }
  }

  /** The losses of all outputs, summed over the minibatch: a scalar in the caller's scope. */
  Tensor loss(TorchBatch batch, Pass pass) {
    PointerScope caller = PointerScope.getInnerScope();
    List<Tensor> losses = new ArrayList<>();
    try (Values values = new Values(batch.features())) {
      for (int i = 0; i < nodes.size(); i++) {
        int output = outputs.indexOf(inputs + i);
        if (output >= 0) {
          try (PointerScope scope = new PointerScope()) {
            Tensor loss = loss(nodes.get(i), values, batch.labels().get(output), pass);
            caller.attach(loss);
            losses.add(loss);
          }
        }
        values.compute(i, pass);
      }
    }
    return losses.stream().reduce(Tensor::add).orElseThrow();
  }

  private static Tensor loss(Node node, Values values, Masked labels, Pass pass) {
    if (node.output() == null) {
      throw new ModelException(
          Checks.format(
              "%s ends the network, but is no output layer: nothing to train", node.name()));
    }
    return node.output().loss(values.at(node.reads().get(0)), labels, pass);
  }

  /** The values of one pass; each is let go after its last reader, so that memory stays small. */
  private final class Values implements AutoCloseable {
    private final Masked[] values = new Masked[inputs + nodes.size()];
    private final int[] readers = new int[values.length];

    Values(List<Masked> features) {
      Checks.argument(
          features.size() == inputs, "the network has %d inputs, got %d", inputs, features.size());
      nodes.forEach(node -> expectReaders(node.reads()));
      for (int i = 0; i < inputs; i++) {
        put(i, features.get(i));
      }
    }

    void expectReaders(List<Integer> indices) {
      indices.forEach(index -> readers[index]++);
    }

    Masked at(int index) {
      return values[index];
    }

    /** Computes a node's value if anyone reads it. */
    void compute(int index, Pass pass) {
      Node node = nodes.get(index);
      if (readers[inputs + index] > 0) {
        try (PointerScope scope = new PointerScope()) {
          put(
              inputs + index,
              node.vertex().forward(node.reads().stream().map(this::at).toList(), pass));
        }
      }
      node.reads().forEach(this::wasRead);
    }

    @Override
    public void close() {
      for (int i = 0; i < values.length; i++) {
        forget(i);
      }
    }

    private void put(int index, Masked value) {
      value.tensors().forEach(Tensor::retainReference);
      values[index] = value;
    }

    private void wasRead(int index) {
      if (--readers[index] == 0) {
        forget(index);
      }
    }

    private void forget(int index) {
      if (values[index] != null) {
        values[index].tensors().forEach(Tensor::releaseReference);
        values[index] = null;
      }
    }
  }
}
