package tributary.worker.engine.torch;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.bytedeco.pytorch.Tensor;
import tributary.datasets.Checks;

/**
 * A minibatch on the engine's side.
 *
 * @param features one entry for each input of the network
 * @param labels one entry for each output of the network
 * @param continued whether sequences go on where those of the batch before ended
 */
record TorchBatch(List<Masked> features, List<Masked> labels, boolean continued) {
  /** Keeps own copies of the lists. */
  TorchBatch {
    features = List.copyOf(features);
    labels = List.copyOf(labels);
  }

  /** A batch whose sequences begin with it. */
  TorchBatch(List<Masked> features, List<Masked> labels) {
    this(features, labels, /* continued= */ false);
  }

  /** Number of examples, those of the first labels: a stack of inputs has several a minibatch. */
  long size() {
    return labels.get(0).values().size(0);
  }

  /** Time steps of the sequences, features and labels alike; 0 if there are none. */
  long steps() {
    long[] lengths =
        Stream.concat(features.stream(), labels.stream())
            .map(Masked::values)
            .filter(TorchBatch::isSequence)
            .mapToLong(values -> values.size(values.dim() - 1))
            .distinct()
            .toArray();
    Checks.argument(
        lengths.length <= 1,
        "sequences of one minibatch must be equally long, got %s",
        Arrays.toString(lengths));
    return lengths.length == 0 ? 0 : lengths[0];
  }

  /** The same examples, {@code length} time steps at a time; the last segment may be shorter. */
  List<TorchBatch> segments(long length) {
    long steps = steps();
    if (steps <= length) {
      return List.of(this);
    }
    List<TorchBatch> segments = new ArrayList<>();
    for (long from = 0; from < steps; from += length) {
      long start = from;
      long size = Math.min(length, steps - from);
      segments.add(
          new TorchBatch(
              features.stream().map(each -> segment(each, start, size)).toList(),
              labels.stream().map(each -> segment(each, start, size)).toList()));
    }
    return segments;
  }

  /** Sequences are cut; what has no time, such as an image beside the text, stays whole. */
  private static Masked segment(Masked whole, long from, long size) {
    Tensor values = whole.values();
    if (!isSequence(values)) {
      return whole;
    }
    Tensor mask = whole.mask();
    return new Masked(
        values.narrow(values.dim() - 1, from, size),
        mask == null ? null : mask.narrow(mask.dim() - 1, from, size));
  }

  private static boolean isSequence(Tensor values) {
    boolean classPerStep = values.dim() == 2 && !values.is_floating_point() && values.size(1) > 1;
    return values.dim() == 3 || classPerStep;
  }
}
