package tributary.driver.dl4j;

import java.util.Collection;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.optimize.api.TrainingListener;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import tributary.worker.model.ModelConfiguration;
import tributary.worker.model.ModelState;
import tributary.worker.train.Position;

/** A DL4J user's network, whichever of DL4J's two classes it is of. Driver only. */
interface TrainedNet {
  /** DL4J's network. */
  Model model();

  /** What it is made of. */
  ModelConfiguration configuration();

  /** The optimizer's flat state; null if it has none. */
  INDArray optimizer();

  /** Epochs finished. */
  int epoch();

  /** Steps taken. */
  int step();

  /** Sets the number of steps taken. */
  void setStep(int step);

  /** Its parameters and its optimizer's state; copies. */
  default ModelState state() {
    return new ModelState(
        model().params().dup().data().asFloat(),
        optimizer() == null ? new float[0] : optimizer().dup().data().asFloat());
  }

  /** Where it stands: rounds are numbered by steps, so that each draws other random numbers. */
  default Position position() {
    return new Position(step(), epoch(), 0, step());
  }

  /** Gives the network what a round has come to. */
  default void take(ModelState state, long step, double score) {
    model().params().assign(row(state.parameters()));
    if (optimizer() != null) {
      optimizer().assign(row(state.optimizer()));
    }
    setStep(Math.toIntExact(step));
    setScore(score);
  }

  /** Sets the loss that DL4J tells. */
  void setScore(double score);

  /** Tells listeners of a round. */
  default void tell(Collection<TrainingListener> listeners) {
    listeners.forEach(listener -> listener.iterationDone(model(), step(), epoch()));
  }

  private static INDArray row(float[] values) {
    return Nd4j.createFromArray(values).reshape(1, values.length);
  }

  /** A stack of layers. */
  static TrainedNet of(MultiLayerNetwork net) {
    return new TrainedNet() {
      @Override
      public Model model() {
        return net;
      }

      @Override
      public ModelConfiguration configuration() {
        return ModelConfiguration.of(net.getLayerWiseConfigurations());
      }

      @Override
      public INDArray optimizer() {
        return net.getUpdater().getStateViewArray();
      }

      @Override
      public int epoch() {
        return net.getEpochCount();
      }

      @Override
      public int step() {
        return net.getIterationCount();
      }

      @Override
      public void setStep(int step) {
        net.setIterationCount(step);
      }

      @Override
      public void setScore(double score) {
        net.setScore(score);
      }
    };
  }

  /** A graph of vertices. */
  static TrainedNet of(ComputationGraph net) {
    return new TrainedNet() {
      @Override
      public Model model() {
        return net;
      }

      @Override
      public ModelConfiguration configuration() {
        return ModelConfiguration.of(net.getConfiguration());
      }

      @Override
      public INDArray optimizer() {
        return net.getUpdater().getStateViewArray();
      }

      @Override
      public int epoch() {
        return net.getEpochCount();
      }

      @Override
      public int step() {
        return net.getIterationCount();
      }

      @Override
      public void setStep(int step) {
        net.getConfiguration().setIterationCount(step);
      }

      @Override
      public void setScore(double score) {
        net.setScore(score);
      }
    };
  }
}
