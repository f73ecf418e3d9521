package tributary.worker.engine.torch;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;

/** What recurrent layers remember from where the sequences were read before. */
final class Memory implements AutoCloseable {
  private final Map<Object, List<Tensor>> states = new HashMap<>();

  /** What a layer remembered at the end of the segment before; null at the start of a sequence. */
  List<Tensor> of(Object layer) {
    return states.get(layer);
  }

  /** Keeps a layer's state for the next segment; gradients don't flow back through it. */
  void keep(Object layer, List<Tensor> state) {
    List<Tensor> kept = state.stream().map(Tensor::detach).map(FlatTensors::kept).toList();
    release(states.put(layer, kept));
  }

  /** Forgets all. */
  @Override
  public void close() {
    states.values().forEach(Memory::release);
    states.clear();
  }

  private static void release(List<Tensor> state) {
    if (state != null) {
      state.forEach(Tensor::releaseReference);
    }
  }
}
