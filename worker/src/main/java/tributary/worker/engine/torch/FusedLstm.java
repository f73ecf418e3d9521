package tributary.worker.engine.torch;

import java.util.List;
import org.bytedeco.pytorch.GradMode;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.T_TensorTensorTensor_T;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import tributary.worker.engine.torch.Recurrence.Path;
import tributary.worker.engine.torch.Recurrence.Walk;

/**
 * Long short-term memory as libtorch's one operation for all steps: sigmoid gates, tanh, no
 * peepholes.
 *
 * <p>Masks, which that operation doesn't know, come as one more feature, 1 where a step doesn't
 * count. Its weights shut the input gate and the forget gate, so that such a step gives exact
 * zeros, leaves exact zeros behind, and passes no gradient.
 */
final class FusedLstm implements Walk {
  /** Far enough below zero that the sigmoid of it is 0 whatever else a gate sums up. */
  private static final double SHUT = -1e4;

  private final Tensor inputs;
  private final Tensor recurrent;
  private final Tensor biases;

  /**
   * The walk with the parameters of a pass, rows in DL4J's order.
   *
   * @param inputs weights {@code [4 * units, features]}
   * @param recurrent weights {@code [4 * units, units]}
   * @param biases {@code [4 * units]}
   */
  FusedLstm(Tensor inputs, Tensor recurrent, Tensor biases) {
    this.inputs = reordered(inputs);
    this.recurrent = reordered(recurrent);
    this.biases = reordered(biases);
  }

  @Override
  public Path over(Tensor steps, Tensor mask, List<Tensor> start) {
    long units = recurrent.size(1);
    List<Tensor> state = start == null ? Steps.zeros(2, steps, units) : start;
    boolean all = mask == null;
    T_TensorTensorTensor_T results =
        torch.lstm(
            all ? steps : torch.cat(new TensorVector(steps, mask.neg().add(new Scalar(1))), 2),
            new TensorVector(state.get(0).unsqueeze(0), state.get(1).unsqueeze(0)),
            new TensorVector(
                all ? inputs : torch.cat(new TensorVector(inputs, shutting(units)), 1),
                recurrent,
                biases,
                biases.new_zeros(biases.size(0))),
            /* has_biases= */ true,
            /* num_layers= */ 1,
            /* dropout= */ 0,
            /* train= */ GradMode.is_enabled(), // also of frozen layers that gradients go through
            /* bidirectional= */ false,
            /* batch_first= */ false);
    return new Path(results.get0(), List.of(results.get1().squeeze(0), results.get2().squeeze(0)));
  }

  /** From DL4J's blocks to libtorch's: input gate, forget gate, block input, output gate. */
  private static Tensor reordered(Tensor rows) {
    TensorVector blocks = rows.chunk(4, 0);
    return torch.cat(
        new TensorVector(blocks.get(3), blocks.get(1), blocks.get(0), blocks.get(2)), 0);
  }

  private Tensor shutting(long units) {
    Tensor shut = inputs.new_full(new long[] {2 * units, 1}, new Scalar(SHUT));
    return torch.cat(new TensorVector(shut, inputs.new_zeros(2 * units, 1)), 0);
  }
}
