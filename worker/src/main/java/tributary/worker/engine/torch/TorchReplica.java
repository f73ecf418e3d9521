package tributary.worker.engine.torch;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import tributary.datasets.minibatch.Minibatch;
import tributary.datasets.minibatch.Minibatch.Reading;
import tributary.worker.engine.Activations;
import tributary.worker.engine.EngineSettings;
import tributary.worker.engine.Replica;
import tributary.worker.engine.StepKey;
import tributary.worker.engine.StepResult;
import tributary.worker.model.ModelState;

/** A compiled network that trains on minibatches. */
@SuppressWarnings("try") // scopes and guards are held, not used
final class TorchReplica implements Replica {
  private final TorchNetwork network;
  private final EngineSettings settings;

  TorchReplica(TorchNetwork network, EngineSettings settings) {
    this.network = network;
    this.settings = settings;
  }

  @Override
  public void load(ModelState state) {
    TorchRuntime.setThreads(settings.threads()); // of the thread that computes, which is this one
    try (PointerScope scope = new PointerScope()) {
      network.load(state);
    }
  }

  @Override
  public StepResult step(Minibatch batch, StepKey key) {
    try (PointerScope scope = new PointerScope();
        Autocast precision = new Autocast(network.device(), settings.precision())) {
      List<Masked> labels = Collections.nCopies(network.outputs(), labels(batch));
      return network.step(
          new TorchBatch(features(batch), labels, batch.reading() == Reading.CONTINUED), key);
    }
  }

  @Override
  public float[] forward(Minibatch batch) {
    try (PointerScope scope = new PointerScope();
        Autocast precision = new Autocast(network.device(), settings.precision())) {
      Tensor output =
          network
              .activations(features(batch), batch.reading() == Reading.CONTINUED)
              .get(0)
              .values();
      return FlatTensors.copyOut(output);
    }
  }

  @Override
  public List<Activations> forward(Minibatch batch, List<String> layers) {
    try (PointerScope scope = new PointerScope();
        Autocast precision = new Autocast(network.device(), settings.precision())) {
      List<Masked> values = network.activations(features(batch), layers);
      List<Activations> activations = new ArrayList<>();
      for (int i = 0; i < layers.size(); i++) {
        Tensor tensor = values.get(i).values();
        activations.add(
            new Activations(layers.get(i), FlatTensors.copyOut(tensor), tensor.shape()));
      }
      return activations;
    }
  }

  @Override
  public ModelState state() {
    try (PointerScope scope = new PointerScope()) {
      return network.state();
    }
  }

  @Override
  public void close() {
    network.close();
  }

  private List<Masked> features(Minibatch batch) {
    long[] shape = Arrays.stream(batch.shape()).asLongStream().toArray();
    Tensor values = network.device().floats(batch.features(), shape);
    return List.of(
        batch.masks() == null
            ? Masked.all(values)
            : new Masked(
                values, network.device().floats(batch.masks().steps(), batch.size(), shape[2])));
  }

  private Masked labels(Minibatch batch) {
    Tensor values = labelValues(batch);
    return batch.masks() == null
        ? Masked.all(values)
        : new Masked(
            values,
            network
                .device()
                .floats(batch.masks().labels(), batch.size(), batch.labelsPerExample()));
  }

  /** Class indices where they say it all: a matrix of ones and zeros would only be read. */
  private Tensor labelValues(Minibatch batch) {
    if (batch.softLabels() != null) {
      long[] shape =
          batch.isLabelledByStep()
              ? new long[] {batch.size(), batch.classes(), batch.labelsPerExample()}
              : new long[] {batch.size(), batch.classes()};
      return network.device().floats(batch.softLabels(), shape);
    }
    Tensor labels = network.device().longs(Arrays.stream(batch.labels()).asLongStream().toArray());
    return batch.isLabelledByStep() ? labels.view(batch.size(), -1) : labels;
  }
}
