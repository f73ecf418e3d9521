package tributary.worker.engine.torch;

import java.util.List;
import org.bytedeco.pytorch.Tensor;

/** What a recurrent layer does from step to step, in one direction. */
@FunctionalInterface
interface Recurrence {
  /** The way through sequences with the parameters as they are in one pass. */
  Walk in(Pass pass);

  /** Goes over sequences step by step. */
  @FunctionalInterface
  interface Walk {
    /**
     * Goes from the first step to the last.
     *
     * @param steps {@code [steps, n, features]}
     * @param mask {@code [steps, n, 1]}: what a step gives and what it leaves behind are multiplied
     *     with it, so that a 0 forgets all before; null if all count
     * @param start what the steps before left behind; null if there were none
     */
    Path over(Tensor steps, Tensor mask, List<Tensor> start);
  }

  /**
   * What a walk gives.
   *
   * @param outputs {@code [steps, n, units]}
   * @param state what the last step leaves behind, each {@code [n, units]}
   */
  record Path(Tensor outputs, List<Tensor> state) {
    /** Keeps an own copy of the list. */
    public Path {
      state = List.copyOf(state);
    }
  }
}
