package tributary.worker.engine.torch;

import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.deeplearning4j.nn.conf.RNNFormat;

/**
 * The layouts of sequences: DL4J's {@code NCW} {@code [n, features, steps]} and {@code NWC} {@code
 * [n, steps, features]}; layers compute in {@code [steps, n, features]}.
 */
final class Sequences {
  private Sequences() {}

  /** {@code [steps, n, features]}, a view. */
  static Tensor stepsFirst(Tensor values, RNNFormat format) {
    return stepsLast(values, format).permute(2, 0, 1);
  }

  /** From {@code [steps, n, features]} back to a layer's format, a view. */
  static Tensor inFormat(Tensor steps, RNNFormat format) {
    return stepsLast(steps.permute(1, 2, 0), format);
  }

  /** From one of the two formats to {@code NCW}, or from {@code NCW} to it: a view. */
  static Tensor stepsLast(Tensor values, RNNFormat format) {
    return format == RNNFormat.NWC ? values.transpose(1, 2) : values;
  }

  /** The dimension of the time steps. */
  static int steps(RNNFormat format) {
    return format == RNNFormat.NWC ? 1 : 2;
  }

  /** The dimension of the features. */
  static int features(RNNFormat format) {
    return format == RNNFormat.NWC ? 2 : 1;
  }

  /** Sequences from their last step to their first. */
  static Masked reversed(Masked sequences, RNNFormat format) {
    Tensor mask = sequences.mask();
    return new Masked(sequences.values().flip(steps(format)), mask == null ? null : mask.flip(1));
  }

  /** The last step of each sequence that counts, {@code [n, features]}; the first if none does. */
  static Tensor last(Masked sequences, RNNFormat format) {
    Tensor values = stepsLast(sequences.values(), format);
    long steps = values.size(2);
    if (sequences.mask() == null) {
      return values.select(2, steps - 1);
    }
    Tensor counted = sequences.mask().ne(new Scalar(0));
    Tensor index =
        torch
            .arange(new Scalar(steps))
            .to(counted.device(), ScalarType.Long)
            .mul(counted)
            .amax(new long[] {1}, false);
    return values
        .gather(2, index.to(ScalarType.Long).view(-1, 1, 1).expand(-1, values.size(1), 1))
        .squeeze(2);
  }
}
