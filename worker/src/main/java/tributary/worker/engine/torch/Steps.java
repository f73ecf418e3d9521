package tributary.worker.engine.torch;

import java.util.ArrayList;
import java.util.List;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import tributary.worker.engine.torch.Recurrence.Path;

/** One step after the other, where no operation of libtorch takes them all. */
@SuppressWarnings("try") // scopes are held, not used
final class Steps {
  private Steps() {}

  /** One step. */
  @FunctionalInterface
  interface Cell {
    /**
     * What a step leaves behind; the first tensor is what it gives.
     *
     * @param sums of the step's input {@code [n, sums]}
     * @param state that the step before left behind
     */
    List<Tensor> next(Tensor sums, List<Tensor> state);
  }

  /**
   * Goes over all steps.
   *
   * @param sums {@code [steps, n, sums]}, products of all inputs, taken at once
   * @param mask {@code [steps, n, 1]} or null
   */
  static Path over(Tensor sums, Tensor mask, List<Tensor> start, Cell cell) {
    TensorVector sumsOf = sums.unbind(0);
    TensorVector maskOf = mask == null ? null : mask.unbind(0);
    TensorVector outputs = new TensorVector();
    List<Tensor> state = start;
    for (long step = 0; step < sums.size(0); step++) {
      PointerScope all = PointerScope.getInnerScope();
      try (PointerScope scope = new PointerScope()) {
        state = masked(cell.next(sumsOf.get(step), state), maskOf, step);
        state.forEach(all::attach);
      }
      outputs.push_back(state.get(0));
    }
    return new Path(torch.stack(outputs), state);
  }

  /** Zeros for units that have seen nothing yet. */
  static List<Tensor> zeros(int tensors, Tensor steps, long units) {
    List<Tensor> state = new ArrayList<>();
    for (int i = 0; i < tensors; i++) {
      state.add(steps.new_zeros(steps.size(1), units));
    }
    return state;
  }

  private static List<Tensor> masked(List<Tensor> state, TensorVector maskOf, long step) {
    return maskOf == null ? state : state.stream().map(s -> s.mul(maskOf.get(step))).toList();
  }
}
