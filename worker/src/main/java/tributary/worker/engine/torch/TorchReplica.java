package tributary.worker.engine.torch;

import java.util.Arrays;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
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
      Tensor loss = network.loss(features(batch), labels(batch));
      loss.backward();
      double score = loss.item_float() + network.penalty();
      try (NoGradGuard guard = new NoGradGuard()) {
        network.update(key);
      }
      return new StepResult(score);
    }
  }

  @Override
  public float[] forward(Minibatch batch) {
    try (PointerScope scope = new PointerScope();
        NoGradGuard guard = new NoGradGuard()) {
      return FlatTensors.copyOut(network.output(features(batch)).contiguous());
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

  private static Tensor features(Minibatch batch) {
    long[] shape = Arrays.stream(batch.shape()).asLongStream().toArray();
    Tensor features = torch.empty(shape);
    new FloatPointer(features.data_ptr()).put(batch.features());
    return features;
  }

  private static Tensor labels(Minibatch batch) {
    return torch.tensor(Arrays.stream(batch.labels()).asLongStream().toArray());
  }
}
