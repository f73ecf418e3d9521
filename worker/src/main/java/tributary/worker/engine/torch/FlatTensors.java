package tributary.worker.engine.torch;

import java.util.HashMap;
import java.util.Map;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import tributary.datasets.Checks;
import tributary.worker.model.ParameterLayout;
import tributary.worker.model.ParameterTensor;

/**
 * All parameters in one buffer and all gradients in another, both in DL4J's layout. Every parameter
 * is a leaf of the autograd graph whose storage and whose gradient's storage lie in these buffers,
 * so that loading, reading and updating work on whole vectors.
 */
@SuppressWarnings("try") // scopes and guards are held, not used
final class FlatTensors implements AutoCloseable {
  private final Tensor values;
  private final Tensor gradients;
  private final Map<String, Tensor> leaves = new HashMap<>();

  FlatTensors(ParameterLayout layout, TorchDevice device) {
    try (PointerScope scope = new PointerScope()) {
      values = kept(device.zeros(layout.parameterCount()));
      gradients = kept(device.zeros(layout.parameterCount()));
      for (ParameterTensor tensor : layout.tensors()) {
        Tensor leaf = kept(view(values, tensor).detach().requires_grad_(true));
        leaf.mutable_grad().put(view(gradients, tensor));
        leaves.put(tensor.name(), leaf);
      }
    }
  }

  /** The leaf of a parameter by DL4J's name, such as {@code 2_W}. */
  Tensor leaf(String name) {
    Tensor leaf = leaves.get(name);
    Checks.argument(leaf != null, "no parameter %s; known are %s", name, leaves.keySet());
    return leaf;
  }

  /** All parameters, one vector. */
  Tensor values() {
    return values;
  }

  /** All gradients, one vector. */
  Tensor gradients() {
    return gradients;
  }

  /** Writes an array into a contiguous tensor, wherever it lies and of whatever type. */
  static void copyIn(float[] from, Tensor to) {
    Checks.argument(
        from.length == to.numel(), "expected %d values, found %d", to.numel(), from.length);
    if (from.length > 0) { // an empty tensor has no address
      boolean direct = to.is_cpu() && to.scalar_type() == ScalarType.Float;
      Tensor here = direct ? to : torch.empty(to.shape());
      new FloatPointer(here.data_ptr()).put(from);
      if (!direct) {
        to.copy_(here);
      }
    }
  }

  /** The values of a tensor, wherever it lies and of whatever type. */
  static float[] copyOut(Tensor from) {
    float[] values = new float[Math.toIntExact(from.numel())];
    if (values.length > 0) {
      new FloatPointer(from.cpu().to(ScalarType.Float).contiguous().data_ptr()).get(values);
    }
    return values;
  }

  @Override
  public void close() {
    leaves.values().forEach(Tensor::releaseReference);
    values.releaseReference();
    gradients.releaseReference();
  }

  /** A matrix that DL4J keeps column by column is, row by row, its transpose. */
  private static Tensor view(Tensor flat, ParameterTensor tensor) {
    long[] shape = tensor.rowMajorShape().stream().mapToLong(Long::longValue).toArray();
    return flat.narrow(0, tensor.offset(), tensor.size()).view(shape);
  }

  static Tensor kept(Tensor tensor) {
    tensor.retainReference();
    return tensor;
  }
}
