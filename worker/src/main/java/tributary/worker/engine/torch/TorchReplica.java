package tributary.worker.engine.torch;

import java.util.Arrays;
import java.util.List;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import tributary.datasets.minibatch.Minibatch;
import tributary.worker.engine.Replica;
import tributary.worker.engine.StepKey;
import tributary.worker.engine.StepResult;
import tributary.worker.model.ModelState;

/** A compiled network that trains on minibatches. */
@SuppressWarnings("try") // scopes and guards are held, not used
final class TorchReplica implements Replica {
  private final TorchNetwork network;
  private final int threads;

  TorchReplica(TorchNetwork network, int threads) {
    this.network = network;
    this.threads = threads;
  }

  @Override
  public void load(ModelState state) {
    TorchRuntime.setThreads(threads); // of the thread that computes, which is this one
    try (PointerScope scope = new PointerScope()) {
      network.load(state);
    }
  }

  @Override
  public StepResult step(Minibatch batch, StepKey key) {
    try (PointerScope scope = new PointerScope()) {
      List<Masked> labels = List.of(Masked.all(labels(batch)));
      return new StepResult(network.step(new TorchBatch(features(batch), labels), key));
    }
  }

  @Override
  public float[] forward(Minibatch batch) {
    try (PointerScope scope = new PointerScope()) {
      Tensor output = network.activations(features(batch)).get(0).values();
      return FlatTensors.copyOut(output.contiguous());
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

  private static List<Masked> features(Minibatch batch) {
    long[] shape = Arrays.stream(batch.shape()).asLongStream().toArray();
    Tensor features = torch.empty(shape);
    new FloatPointer(features.data_ptr()).put(batch.features());
    return List.of(Masked.all(features));
  }

  private static Tensor labels(Minibatch batch) {
    return torch.tensor(Arrays.stream(batch.labels()).asLongStream().toArray());
  }
}
