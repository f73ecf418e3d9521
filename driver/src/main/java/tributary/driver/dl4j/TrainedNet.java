package tributary.driver.dl4j;

import java.util.Collection;
import java.util.function.DoubleConsumer;
import java.util.function.IntConsumer;
import java.util.function.IntSupplier;
import java.util.function.Supplier;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.optimize.api.TrainingListener;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import tributary.datasets.minibatch.ArrayExamples;
import tributary.worker.engine.EngineSettings;
import tributary.worker.executor.Engines;
import tributary.worker.model.ModelConfiguration;
import tributary.worker.model.ModelState;
import tributary.worker.model.Network;
import tributary.worker.train.Position;

/**
 * A DL4J user's network, whichever of DL4J's two classes it is of, which have these in common but
 * no type for them. Driver only.
 *
 * @param model DL4J's network
 * @param configuration what it is made of; the same however far it is trained, so that executors go
 *     on with what they have built
 * @param optimizer the optimizer's flat state; null if it has none
 * @param epoch epochs finished
 * @param step steps taken
 * @param setStep sets the number of steps taken
 * @param setScore sets the loss that DL4J tells
 */
record TrainedNet(
    Model model,
    ModelConfiguration configuration,
    Supplier<INDArray> optimizer,
    IntSupplier epoch,
    IntSupplier step,
    IntConsumer setStep,
    DoubleConsumer setScore) {
  /** A stack of layers. */
  static TrainedNet of(MultiLayerNetwork net) {
    MultiLayerConfiguration untrained = net.getLayerWiseConfigurations().clone();
    untrained.setIterationCount(0);
    untrained.setEpochCount(0);
    return new TrainedNet(
        net,
        ModelConfiguration.of(untrained),
        () -> net.getUpdater().getStateViewArray(),
        net::getEpochCount,
        net::getIterationCount,
        net::setIterationCount,
        net::setScore);
  }

  /** A graph of vertices. */
  static TrainedNet of(ComputationGraph net) {
    ComputationGraphConfiguration untrained = net.getConfiguration().clone();
    untrained.setIterationCount(0);
    untrained.setEpochCount(0);
    return new TrainedNet(
        net,
        ModelConfiguration.of(untrained),
        () -> net.getUpdater().getStateViewArray(),
        net::getEpochCount,
        net::getIterationCount,
        net.getConfiguration()::setIterationCount,
        net::setScore);
  }

  /**
   * Refuses examples or an engine that the network can't be trained with, before any task is.
   *
   * @throws tributary.worker.model.ModelException if it takes no such features, gives no such
   *     labels, or has what the engine does not run
   */
  void requireTrainable(ArrayExamples examples, EngineSettings engine) {
    try (Network network = Network.build(configuration)) {
      network.requireFits(examples.blank());
    }
    Engines.requireRuns(engine, configuration);
  }

  /** Its parameters and its optimizer's state; copies. */
  ModelState state() {
    INDArray moments = optimizer.get();
    return new ModelState(
        model.params().dup().data().asFloat(),
        moments == null ? new float[0] : moments.dup().data().asFloat());
  }

  /** Where it stands: rounds are numbered by steps, so that each draws other random numbers. */
  Position position() {
    return new Position(step.getAsInt(), epoch.getAsInt(), 0, step.getAsInt());
  }

  /** Gives the network what a round has come to. */
  void take(ModelState state, long steps, double score) {
    model.params().assign(row(state.parameters()));
    INDArray moments = optimizer.get();
    if (moments != null) {
      moments.assign(row(state.optimizer()));
    }
    setStep.accept(Math.toIntExact(steps));
    setScore.accept(score);
  }

  /** Tells listeners of a round. */
  void tell(Collection<TrainingListener> listeners) {
    listeners.forEach(listener -> listener.iterationDone(model, step.getAsInt(), epoch.getAsInt()));
  }

  private static INDArray row(float[] values) {
    return Nd4j.createFromArray(values).reshape(1, values.length);
  }
}
