package tributary.datasets.minibatch;

import java.io.Serializable;
import java.util.Arrays;
import java.util.List;
import org.apache.hadoop.fs.Path;
import tributary.datasets.Checks;
import tributary.datasets.minibatch.Minibatch.Masks;

/**
 * Examples that somebody else has made arrays of, in files that all executors see: {@link
 * ArrayFiles}. Sent.
 *
 * @param folder of the files
 * @param counts examples of each file, in order; some may be 0
 * @param features shape of an example: {@code [features]}, {@code [features, steps]} or {@code
 *     [channels, height, width]}
 * @param labels shape of its labels: {@code [outputs]}; of sequences also {@code [outputs, steps]}
 */
public record ArrayExamples(
    String folder, List<Integer> counts, List<Integer> features, List<Integer> labels)
    implements Serializable {
  /** Refuses shapes that no minibatch has. */
  public ArrayExamples {
    counts = List.copyOf(counts);
    features = List.copyOf(features);
    labels = List.copyOf(labels);
    Checks.argument(
        !features.isEmpty() && features.size() <= 3,
        "features of an example must have 1 to 3 dimensions, got %s",
        features);
    boolean isByStep =
        features.size() == 2 && labels.size() == 2 && labels.get(1).equals(features.get(1));
    Checks.argument(
        labels.size() == 1 || isByStep,
        "labels of an example with features of %s must be %s, got %s",
        features,
        features.size() == 2 ? "[outputs] or [outputs, " + features.get(1) + "]" : "[outputs]",
        labels);
  }

  /** Number of examples. */
  public long size() {
    return counts.stream().mapToLong(Integer::longValue).sum();
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

  /** An example of zeros, to find out whether a model takes such. */
  public Minibatch blank() {
    return minibatch(new long[1], new float[featureValues()], new float[labelValues()]);
  }

  /**
   * Examples of these shapes.
   *
   * @param features row-major, of all of them
   * @param shares of the outputs, row-major, of all of them
   */
  Minibatch minibatch(long[] numbers, float[] features, float[] shares) {
    int size = numbers.length;
    int[] shape = shape(size);
    int labelsPerExample = labels.size() == 1 ? 1 : labels.get(1);
    return new Minibatch(
        numbers,
        features,
        shape,
        new int[size * labelsPerExample],
        outputs(),
        shares,
        shape.length == 3 && labels.size() == 1
            ? Masks.ofSequences(ones(size * shape[2]), ones(size))
            : null);
  }

  private static float[] ones(int count) {
    float[] ones = new float[count];
    Arrays.fill(ones, 1);
    return ones;
  }

  private int[] shape(int size) {
    int[] shape = new int[features.size() + 1];
    shape[0] = size;
    for (int i = 0; i < features.size(); i++) {
      shape[i + 1] = features.get(i);
    }
    return shape;
  }
}
