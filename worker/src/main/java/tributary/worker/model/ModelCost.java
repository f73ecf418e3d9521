package tributary.worker.model;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import tributary.datasets.minibatch.Minibatch;

/** How much a network computes. */
public final class ModelCost {
  private ModelCost() {}

  /**
   * Multiplications and additions of one forward pass, counted as two for each use of a weight:
   * what convolutions, dense and recurrent layers cost. Lookups and work element by element count
   * nothing.
   */
  public static double forwardFlops(ModelConfiguration model, Minibatch minibatch) {
    long[] shape = Arrays.stream(minibatch.shape()).asLongStream().toArray();
    try (Network network = Network.build(model);
        INDArray features = Nd4j.createFromArray(minibatch.features()).reshape('c', shape)) {
      Map<String, INDArray> activations = network.activations(features);
      List<String> lookups =
          network.layers().stream()
              .filter(layer -> layer.type().startsWith("Embedding"))
              .map(Network.LayerSummary::name)
              .toList();
      return network.layout().tensors().stream()
          .filter(tensor -> isMatrix(tensor) && !lookups.contains(tensor.layer()))
          .mapToDouble(tensor -> 2.0 * tensor.size() * uses(activations.get(tensor.layer())))
          .sum();
    }
  }

  /** Biases, gains and statistics are single rows. */
  private static boolean isMatrix(ParameterTensor tensor) {
    int rank = tensor.shape().size();
    return rank > 2 || (rank == 2 && tensor.shape().get(0) > 1);
  }

  /** Examples, times steps or pixels: all dimensions but the features. */
  private static double uses(INDArray activations) {
    return (double) activations.length() / activations.size(1);
  }
}
