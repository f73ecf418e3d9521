package tributary.worker.engine.nd4j;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import tributary.datasets.Checks;
import tributary.datasets.minibatch.Minibatch;
import tributary.worker.engine.Activations;
import tributary.worker.engine.Replica;
import tributary.worker.engine.StepKey;
import tributary.worker.engine.StepResult;
import tributary.worker.engine.StepTimes;
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
    try (INDArray features = features(batch);
        INDArray labels = labels(batch)) {
      Network.Fit fit = network.fit(features, labels, key.step(), key.epoch(), key.rules());
      return new StepResult(
          fit.score(), new StepTimes(fit.forwardNanos(), fit.backwardNanos(), fit.updateNanos()));
    }
  }

  @Override
  public float[] forward(Minibatch batch) {
    try (INDArray features = features(batch);
        INDArray output = network.output(features)) {
      return output.dup('c').data().asFloat();
    }
  }

  @Override
  public List<Activations> forward(Minibatch batch, List<String> layers) {
    List<Activations> activations = new ArrayList<>();
    for (String layer : layers) {
      try (INDArray features = features(batch);
          INDArray output = network.activations(features, layer)) {
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

  private static INDArray features(Minibatch batch) {
    long[] shape = Arrays.stream(batch.shape()).asLongStream().toArray();
    return Nd4j.createFromArray(batch.features()).reshape('c', shape);
  }

  /** {@code [size][classes]}, or {@code [size][classes][steps]} for a label at each step. */
  private static INDArray labels(Minibatch batch) {
    boolean soft = batch.softLabels() != null;
    INDArray rows = Nd4j.createFromArray(soft ? batch.softLabels() : oneHot(batch));
    return batch.shape().length == 3
        ? rows.reshape('c', batch.size(), batch.classes(), batch.labelsPerExample())
        : rows.reshape('c', batch.size(), batch.classes());
  }

  private static float[] oneHot(Minibatch batch) {
    int[] labels = batch.labels();
    int steps = batch.labelsPerExample();
    float[] values = new float[Math.multiplyExact(labels.length, batch.classes())];
    for (int i = 0; i < labels.length; i++) {
      Checks.argument(
          labels[i] >= 0 && labels[i] < batch.classes(),
          "label %d of example %d is not one of %d classes",
          labels[i],
          i / steps,
          batch.classes());
      values[(i / steps * batch.classes() + labels[i]) * steps + i % steps] = 1;
    }
    return values;
  }
}
