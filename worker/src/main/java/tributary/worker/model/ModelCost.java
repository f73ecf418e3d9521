package tributary.worker.model;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import tributary.datasets.Checks;
import tributary.datasets.minibatch.Minibatch;

/**
 * How much a network computes and keeps in a forward pass of a minibatch.
 *
 * @param input values of the minibatch
 * @param layers layers and vertices, in DL4J's order
 */
public record ModelCost(long input, List<LayerCost> layers) {
  /** How DL4J's names of weights from step to step end. */
  private static final String RECURRENT_WEIGHTS = "RW";

  /**
   * One layer's or vertex' part.
   *
   * @param name the layer's name in the network
   * @param shape of its activations, the minibatch's size first
   * @param flops multiplications and additions
   */
  public record LayerCost(String name, List<Long> shape, double flops) {
    /** Number of its activations. */
    long values() {
      return shape.stream().reduce(1L, Math::multiplyExact);
    }
  }

  /** Keeps an own copy of the list. */
  public ModelCost {
    layers = List.copyOf(layers);
  }

  /**
   * The cost of a minibatch of a shape, by a pass of zeros.
   *
   * @param shape see {@link Minibatch#shape}
   * @throws ModelException if the network takes no such minibatch
   */
  public static ModelCost of(ModelConfiguration model, int[] shape) {
    try (Network network = Network.build(model);
        INDArray zeros = Nd4j.zeros(Arrays.stream(shape).asLongStream().toArray())) {
      return of(network, zeros);
    } catch (ModelException e) {
      throw e;
    } catch (RuntimeException e) {
      throw new ModelException(
          Checks.format(
              "The model takes no minibatch of shape %s: %s",
              Arrays.toString(shape), e.getMessage()),
          e);
    }
  }

  private static ModelCost of(Network network, INDArray features) {
    Map<String, INDArray> activations = network.activations(features);
    Map<String, List<ParameterTensor>> matrices =
        network.layout().tensors().stream()
            .filter(ModelCost::isMatrix)
            .collect(Collectors.groupingBy(ParameterTensor::layer));
    List<LayerCost> costs = new ArrayList<>();
    for (Network.LayerSummary layer : network.layers()) {
      INDArray given = activations.get(layer.name());
      if (given != null) {
        List<ParameterTensor> weights = matrices.getOrDefault(layer.name(), List.of());
        INDArray read = activations.getOrDefault(network.inputOf(layer.name()), features);
        double uses = isRecurrent(weights) ? uses(read) : uses(given);
        costs.add(
            new LayerCost(
                layer.name(),
                Arrays.stream(given.shape()).boxed().toList(),
                layer.type().startsWith("Embedding") ? 0 : 2 * uses * size(weights)));
      }
    }
    return new ModelCost(features.length(), costs);
  }

  /**
   * Multiplications and additions, counted as two for each use of a weight: what convolutions,
   * dense and recurrent layers cost. Lookups and work element by element count nothing.
   */
  public double flops() {
    return layers.stream().mapToDouble(LayerCost::flops).sum();
  }

  /** Bytes of the minibatch and of what all layers make of it, which training keeps: 4 a value. */
  public long activationBytes() {
    return Float.BYTES * (input + layers.stream().mapToLong(LayerCost::values).sum());
  }

  private static double size(List<ParameterTensor> tensors) {
    return tensors.stream().mapToLong(ParameterTensor::size).sum();
  }

  /**
   * Such layers use their weights at each step that they read, even if they give the last alone.
   */
  private static boolean isRecurrent(List<ParameterTensor> weights) {
    return weights.stream().anyMatch(tensor -> tensor.name().endsWith(RECURRENT_WEIGHTS));
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
