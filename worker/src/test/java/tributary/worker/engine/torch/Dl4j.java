package tributary.worker.engine.torch;

import java.util.Arrays;
import java.util.List;
import org.deeplearning4j.nn.conf.BackpropType;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.MultiDataSet;
import tributary.worker.model.ModelConfiguration;
import tributary.worker.model.ModelState;
import tributary.worker.model.Network;
import tributary.worker.model.ParameterLayout;
import tributary.worker.model.ParameterTensor;

/** DL4J's own network, one face for its two classes. */
abstract class Dl4j implements AutoCloseable {
  /** What batch normalisation keeps where others keep gradients: steps of its statistics. */
  private static final List<String> STATISTICS = List.of("_mean", "_var", "_log10stdev");

  private final ModelConfiguration model;

  private Dl4j(ModelConfiguration model) {
    this.model = model;
  }

  static Dl4j of(ModelConfiguration model) {
    return model.kind() == ModelConfiguration.Kind.GRAPH ? new Graph(model) : new Stack(model);
  }

  /** The same network in double precision, which takes its minibatches in that, too. */
  static Dl4j inDoubles(ModelConfiguration model) {
    Dl4j twin = of(model);
    twin.toDouble();
    return twin;
  }

  ParameterLayout layout() {
    return Network.layoutOf(model);
  }

  ModelState state() {
    INDArray optimizer = updaterState();
    return new ModelState(
        parameters().dup().data().asFloat(),
        optimizer == null ? new float[0] : optimizer.dup().data().asFloat());
  }

  /** The gradient of the mean loss, penalties left out; statistics as they are subtracted. */
  float[] gradient(MultiDataSet minibatch) {
    float[] gradient = rawGradient(minibatch).dup().data().asFloat();
    if (mean()) {
      for (ParameterTensor tensor : layout().tensors()) {
        if (STATISTICS.stream().noneMatch(tensor.name()::endsWith)) {
          for (int i = 0; i < tensor.size(); i++) {
            gradient[(int) tensor.offset() + i] /= minibatch.getLabels(0).size(0);
          }
        }
      }
    }
    return gradient;
  }

  /**
   * The slope of the score by finite differences, in double precision.
   *
   * @param indices which parameters
   */
  static double[] slopes(ModelConfiguration model, MultiDataSet minibatch, int... indices) {
    double step = 1e-6;
    try (Dl4j twin = inDoubles(model)) {
      MultiDataSet precise = precise(minibatch);
      return Arrays.stream(indices)
          .mapToDouble(
              index -> {
                double value = twin.parameters().getDouble(index);
                twin.parameters().putScalar(index, value + step);
                double above = twin.score(precise);
                twin.parameters().putScalar(index, value - step);
                double below = twin.score(precise);
                twin.parameters().putScalar(index, value);
                return (above - below) / (2 * step);
              })
          .toArray();
    }
  }

  abstract boolean trainsInSegments();

  abstract boolean mean();

  abstract INDArray parameters();

  abstract INDArray updaterState();

  abstract INDArray[] activations(MultiDataSet minibatch);

  abstract INDArray rawGradient(MultiDataSet minibatch);

  /** The loss in training mode, penalties included. */
  abstract double score(MultiDataSet minibatch);

  abstract double step(MultiDataSet minibatch, int step);

  abstract void toDouble();

  @Override
  public abstract void close();

  static MultiDataSet precise(MultiDataSet minibatch) {
    return new MultiDataSet(
        precise(minibatch.getFeatures()),
        precise(minibatch.getLabels()),
        precise(minibatch.getFeaturesMaskArrays()),
        precise(minibatch.getLabelsMaskArrays()));
  }

  private static INDArray[] precise(INDArray[] arrays) {
    return arrays == null
        ? null
        : Arrays.stream(arrays)
            .map(array -> array == null ? null : array.castTo(DataType.DOUBLE))
            .toArray(INDArray[]::new);
  }

  private static final class Stack extends Dl4j {
    private MultiLayerNetwork network;

    Stack(ModelConfiguration model) {
      super(model);
      network = new MultiLayerNetwork(model.multiLayer());
      network.init();
    }

    @Override
    boolean trainsInSegments() {
      return network.getLayerWiseConfigurations().getBackpropType() == BackpropType.TruncatedBPTT;
    }

    @Override
    boolean mean() {
      return network.getLayerWiseConfigurations().getConf(0).isMiniBatch();
    }

    @Override
    INDArray parameters() {
      return network.params();
    }

    @Override
    INDArray updaterState() {
      return network.updaterState();
    }

    @Override
    INDArray[] activations(MultiDataSet minibatch) {
      return new INDArray[] {
        network.output(minibatch.getFeatures(0), false, minibatch.getFeaturesMaskArray(0), null)
      };
    }

    @Override
    INDArray rawGradient(MultiDataSet minibatch) {
      set(minibatch);
      network.computeGradientAndScore();
      network.clearLayerMaskArrays();
      return network.getFlattenedGradients();
    }

    @Override
    double score(MultiDataSet minibatch) {
      rawGradient(minibatch);
      return network.score();
    }

    @Override
    double step(MultiDataSet minibatch, int step) {
      network.getLayerWiseConfigurations().setIterationCount(step);
      network.fit(
          minibatch.getFeatures(0),
          minibatch.getLabels(0),
          minibatch.getFeaturesMaskArray(0),
          minibatch.getLabelsMaskArray(0));
      return network.score();
    }

    @Override
    void toDouble() {
      network = network.convertDataType(DataType.DOUBLE);
    }

    @Override
    public void close() {
      network.close();
    }

    private void set(MultiDataSet minibatch) {
      network.setInput(minibatch.getFeatures(0));
      network.setLabels(minibatch.getLabels(0));
      network.setLayerMaskArrays(
          minibatch.getFeaturesMaskArray(0), minibatch.getLabelsMaskArray(0));
    }
  }

  private static final class Graph extends Dl4j {
    private ComputationGraph network;

    Graph(ModelConfiguration model) {
      super(model);
      network = new ComputationGraph(model.graph());
      network.init();
    }

    @Override
    boolean trainsInSegments() {
      return network.getConfiguration().getBackpropType() == BackpropType.TruncatedBPTT;
    }

    @Override
    boolean mean() {
      return network.getConfiguration().getDefaultConfiguration().isMiniBatch();
    }

    @Override
    INDArray parameters() {
      return network.params();
    }

    @Override
    INDArray updaterState() {
      return network.getUpdater().getStateViewArray();
    }

    @Override
    INDArray[] activations(MultiDataSet minibatch) {
      return network.output(
          false, minibatch.getFeatures(), minibatch.getFeaturesMaskArrays(), null);
    }

    @Override
    INDArray rawGradient(MultiDataSet minibatch) {
      network.setInputs(minibatch.getFeatures());
      network.setLabels(minibatch.getLabels());
      network.setLayerMaskArrays(
          minibatch.getFeaturesMaskArrays(), minibatch.getLabelsMaskArrays());
      network.computeGradientAndScore();
      network.clearLayerMaskArrays();
      return network.getFlattenedGradients();
    }

    @Override
    double score(MultiDataSet minibatch) {
      rawGradient(minibatch);
      return network.score();
    }

    @Override
    double step(MultiDataSet minibatch, int step) {
      network.getConfiguration().setIterationCount(step);
      network.fit(minibatch);
      return network.score();
    }

    @Override
    void toDouble() {
      network = network.convertDataType(DataType.DOUBLE);
    }

    @Override
    public void close() {
      network.close();
    }
  }
}
