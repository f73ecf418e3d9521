package tributary.datasets.minibatch;

import java.io.Serializable;
import java.util.List;
import org.apache.hadoop.fs.Path;
import tributary.datasets.Checks;

/**
 * Examples that somebody else has made arrays of, in files that all executors see: {@link
 * ArrayFiles}. Sent.
 *
 * @param folder of the files
 * @param counts examples of each file, in order; some may be 0
 * @param features shape of an example: {@code [features]}, {@code [features, steps]} or {@code
 *     [channels, height, width]}
 * @param labels shape of its labels: {@code [outputs]}, of sequences {@code [outputs, steps]}
 */
public record ArrayExamples(
    String folder, List<Integer> counts, List<Integer> features, List<Integer> labels)
    implements Serializable {
  /** Refuses shapes that no minibatch has. */
  public ArrayExamples {
    counts = List.copyOf(counts);
    features = List.copyOf(features);
    labels = List.copyOf(labels);
    boolean isSequence = features.size() == 2;
    Checks.argument(
        !features.isEmpty() && features.size() <= 3,
        "features of an example must have 1 to 3 dimensions, got %s",
        features);
    Checks.argument(
        labels.size() == (isSequence ? 2 : 1)
            && (!isSequence || labels.get(1).equals(features.get(1))),
        "labels of an example with features of %s must be %s, got %s",
        features,
        isSequence ? "[outputs, " + features.get(1) + "]" : "[outputs]",
        labels);
  }

  /** Number of examples. */
  public long size() {
    return counts.stream().mapToLong(Integer::longValue).sum();
  }

  /** Number of examples of each file. */
  public int[] sizes() {
    return counts.stream().mapToInt(Integer::intValue).toArray();
  }

  /** How many outputs a model of them has. */
  public int outputs() {
    return labels.get(0);
  }

  /** Where a file lies. */
  public static Path file(String folder, int index) {
    return new Path(folder, Checks.format("part-%05d", index));
  }

  int featureValues() {
    return features.stream().reduce(1, Math::multiplyExact);
  }

  int labelValues() {
    return labels.stream().reduce(1, Math::multiplyExact);
  }

  /** Labels of an example that a minibatch counts: one, or one a step. */
  int labelsPerExample() {
    return labels.size() == 1 ? 1 : labels.get(1);
  }

  /** The shape of a minibatch. */
  int[] shape(int size) {
    int[] shape = new int[features.size() + 1];
    shape[0] = size;
    for (int i = 0; i < features.size(); i++) {
      shape[i + 1] = features.get(i);
    }
    return shape;
  }
}
