package tributary.worker.engine.nd4j;

import java.util.ArrayList;
import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import tributary.datasets.minibatch.Minibatch;
import tributary.worker.engine.Activations;
import tributary.worker.engine.Replica;
import tributary.worker.engine.StepKey;
import tributary.worker.engine.StepResult;
import tributary.worker.engine.StepTimes;
import tributary.worker.model.MinibatchArrays;
import tributary.worker.model.ModelState;
import tributary.worker.model.Nd4jRuntime;
import tributary.worker.model.Network;

/** A DL4J network that trains on minibatches. */
final class Nd4jReplica implements Replica {
  private final Network network;
  private final int threads;

  Nd4jReplica(Network network, int threads) {
    this.network = network;
    this.threads = threads;
  }

  @Override
  public void load(ModelState state) {
    Nd4jRuntime.setThreads(threads); // of the thread that computes, which is this one
    network.load(state);
  }

  @Override
  public StepResult step(Minibatch batch, StepKey key) {
    // ND4J keeps one generator per thread; seeding it here makes dropout a function of the key.
    // It takes 0 for the clock.
    Nd4j.getRandom().setSeed(key.seed() == 0 ? 1 : key.seed());
    try (MinibatchArrays arrays = MinibatchArrays.of(batch)) {
      Network.Fit fit = network.fit(arrays, batch.reading(), key.step(), key.epoch(), key.rules());
      return new StepResult(
          fit.score(), new StepTimes(fit.forwardNanos(), fit.backwardNanos(), fit.updateNanos()));
    }
  }

  @Override
  public float[] forward(Minibatch batch) {
    try (MinibatchArrays arrays = MinibatchArrays.of(batch);
        INDArray output = network.output(arrays, batch.reading())) {
      return output.dup('c').data().asFloat();
    }
  }

  @Override
  public List<Activations> forward(Minibatch batch, List<String> layers) {
    List<Activations> activations = new ArrayList<>();
    for (String layer : layers) {
      try (MinibatchArrays arrays = MinibatchArrays.of(batch);
          INDArray output = network.activations(arrays, layer)) {
        activations.add(
            new Activations(layer, output.dup('c').data().asFloat(), output.shape().clone()));
      }
    }
    return activations;
  }

  @Override
  public ModelState state() {
    return network.state();
  }

  @Override
  public void close() {
    network.close();
  }
}
