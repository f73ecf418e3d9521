package tributary.worker.engine.torch;

import java.util.List;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

/**
 * Vertices between sequences {@code [n, channels, steps]} and rows {@code [n, channels]}. They look
 * at a network input, which comes last among what they read.
 */
final class VerticesOfSequences {
  private VerticesOfSequences() {}

  /** The last step of each sequence that the network input's mask counts. */
  static Masked lastStep(List<Masked> inputs, Pass pass) {
    Tensor sequences = inputs.get(0).values();
    Tensor mask = last(inputs).mask();
    if (mask == null) {
      return Masked.all(sequences.select(2, sequences.size(2) - 1));
    }
    Tensor counted = mask.ne(new Scalar(0)).cumsum(1); // largest from the last one on
    Tensor ends = counted.argmax(new LongOptional(1), /* keepdim= */ true);
    return Masked.all(at(sequences, ends).squeeze(2));
  }

  /** Rows repeated at each step of the network input, whose mask holds then. */
  static Masked duplicate(List<Masked> inputs, Pass pass) {
    Tensor rows = inputs.get(0).values();
    Masked input = last(inputs);
    return new Masked(rows.unsqueeze(2).expand(-1, -1, input.values().size(2)), input.mask());
  }

  /**
   * Sequences backwards. Under a mask only the steps that count change places, and the others
   * become zeros; without a network input to look at there is no mask.
   */
  static Masked reverse(List<Masked> inputs, Pass pass) {
    Masked input = inputs.get(0);
    Tensor mask = inputs.size() == 1 ? null : last(inputs).mask();
    return input.with(
        mask == null
            ? input.values().flip(2)
            : at(input.values(), mirrored(mask)).mul(mask.ne(new Scalar(0)).unsqueeze(1)));
  }

  /** For each step that counts, the one that is as far from the end as it is from the start. */
  private static Tensor mirrored(Tensor mask) {
    Tensor padding = mask.eq(new Scalar(0));
    Tensor counting = padding.argsort(/* stable= */ true, 1, /* descending= */ false);
    Tensor ranks = padding.logical_not().cumsum(1); // from 1
    Tensor opposite = ranks.narrow(1, mask.size(1) - 1, 1).sub(ranks);
    return counting.gather(1, opposite);
  }

  /** The steps {@code [n, k]} of sequences, {@code [n, channels, k]}. */
  private static Tensor at(Tensor sequences, Tensor steps) {
    return sequences.gather(2, steps.unsqueeze(1).expand(-1, sequences.size(1), -1));
  }

  private static Masked last(List<Masked> inputs) {
    return inputs.get(inputs.size() - 1);
  }
}
