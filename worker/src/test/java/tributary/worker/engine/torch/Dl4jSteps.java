package tributary.worker.engine.torch;

import java.util.SplittableRandom;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.api.NeuralNetwork;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.nn.updater.BaseMultiLayerUpdater;
import org.deeplearning4j.nn.updater.UpdaterBlock;
import org.deeplearning4j.nn.updater.UpdaterBlock.ParamState;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import tributary.datasets.Seeds;
import tributary.worker.engine.StepKey;
import tributary.worker.model.ModelConfiguration;
import tributary.worker.model.Nd4jRuntime;

/** A DL4J network that trains on noise and shows what its updater starts from and ends with. */
final class Dl4jSteps implements AutoCloseable {
  private final Model model;
  private final NeuralNetwork network;

  private <N extends Model & NeuralNetwork> Dl4jSteps(N network) {
    this.model = network;
    this.network = network;
    Nd4jRuntime.setThreads(1);
    network.init();
  }

  static Dl4jSteps of(ModelConfiguration model) {
    return switch (model.kind()) {
      case MULTI_LAYER -> new Dl4jSteps(new MultiLayerNetwork(model.multiLayer()));
      case GRAPH -> new Dl4jSteps(new ComputationGraph(model.graph()));
    };
  }

  /**
   * The gradient that the updater gets to see: of the mean loss, or of the sum in a network that
   * doesn't divide by the minibatch's size.
   */
  float[] gradient(DataSet batch, StepKey key) {
    setClock(key);
    if (model instanceof ComputationGraph graph) {
      graph.setInput(0, batch.getFeatures());
      graph.setLabel(0, batch.getLabels());
      graph.computeGradientAndScore();
    } else if (model instanceof MultiLayerNetwork stack) {
      stack.setInput(batch.getFeatures());
      stack.setLabels(batch.getLabels());
      stack.computeGradientAndScore();
    }
    float[] gradient = floats(model.gradient().gradient());
    if (model.conf().isMiniBatch()) {
      divide(gradient, batch.numExamples());
    }
    return gradient;
  }

  /** What the penalties add to the score, at the step whose gradient was taken last. */
  double penalty() {
    return model instanceof ComputationGraph graph
        ? graph.calcRegularizationScore(true)
        : ((MultiLayerNetwork) model).calcRegularizationScore(true);
  }

  /** One whole step. */
  void fit(DataSet batch, StepKey key) {
    setClock(key);
    network.fit(batch);
  }

  float[] parameters() {
    return floats(network.params());
  }

  float[] state() {
    return network.updaterState() == null ? new float[0] : floats(network.updaterState());
  }

  @Override
  public void close() {
    model.close();
  }

  /** Examples of a shape with one of three classes each. */
  static DataSet minibatch(long seed, int size, long... shape) {
    SplittableRandom random = Seeds.random(seed, size);
    long[] whole = new long[shape.length + 1];
    whole[0] = size;
    System.arraycopy(shape, 0, whole, 1, shape.length);
    INDArray features = Nd4j.create(whole);
    for (long i = 0; i < features.length(); i++) {
      features.putScalar(i, random.nextDouble() * 2 - 1);
    }
    INDArray labels = Nd4j.zeros(size, 3);
    for (int i = 0; i < size; i++) {
      labels.putScalar(i, random.nextInt(3), 1);
    }
    return new DataSet(features, labels);
  }

  private void setClock(StepKey key) {
    int step = Math.toIntExact(key.step());
    if (model instanceof ComputationGraph graph) {
      graph.getConfiguration().setIterationCount(step);
      graph.getConfiguration().setEpochCount(key.epoch());
    } else if (model instanceof MultiLayerNetwork stack) {
      stack.getLayerWiseConfigurations().setIterationCount(step);
      stack.getLayerWiseConfigurations().setEpochCount(key.epoch());
    }
  }

  private void divide(float[] gradient, int examples) {
    for (UpdaterBlock block : updater().getUpdaterBlocks()) {
      for (ParamState tensor : block.getLayersAndVariablesInBlock()) {
        if (tensor.getLayer().updaterDivideByMinibatch(tensor.getParamName())) {
          for (int i = tensor.getParamOffsetStart(); i < tensor.getParamOffsetEnd(); i++) {
            gradient[i] /= examples;
          }
        }
      }
    }
  }

  private BaseMultiLayerUpdater<?> updater() {
    return model instanceof ComputationGraph graph
        ? graph.getUpdater()
        : (BaseMultiLayerUpdater<?>) ((MultiLayerNetwork) model).getUpdater();
  }

  private static float[] floats(INDArray vector) {
    return vector.dup().data().asFloat();
  }
}
