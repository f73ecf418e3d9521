package tributary.worker.bench;

import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import tributary.datasets.Checks;
import tributary.datasets.Seeds;
import tributary.datasets.minibatch.Minibatch;
import tributary.worker.model.ModelConfiguration;

/**
 * A network and the shape of the examples it is measured with.
 *
 * @param configuration of the network
 * @param input shape of one example: features, features and steps, or channels, height and width
 * @param classes number of classes of its output
 */
public record BenchModel(ModelConfiguration configuration, Shape input, int classes) {
  /**
   * The shape of one example.
   *
   * @param sizes 1 to 3 of them, each &gt;= 1
   */
  @SuppressWarnings("ArrayRecordComponent") // a few numbers; never compared
  public record Shape(int... sizes) {
    /** Refuses what no minibatch can be of. */
    public Shape {
      Checks.argument(
          sizes.length >= 1 && sizes.length <= 3 && Arrays.stream(sizes).allMatch(size -> size > 0),
          "expected 1 to 3 sizes such as 3x224x224 or 77x64, found %s",
          Arrays.toString(sizes));
    }

    /**
     * Reads {@code 3x224x224}.
     *
     * @throws IllegalArgumentException if the text is no such shape
     */
    public static Shape parse(String text) {
      Checks.argument(
          text.matches("[1-9]\\d{0,5}(x[1-9]\\d{0,5}){0,2}"),
          "expected 1 to 3 sizes such as 3x224x224 or 77x64, found %s",
          text);
      return new Shape(Arrays.stream(text.split("x")).mapToInt(Integer::parseInt).toArray());
    }

    @Override
    public String toString() {
      return Arrays.stream(sizes).mapToObj(Integer::toString).collect(Collectors.joining("x"));
    }
  }

  /** A minibatch of seeded noise with seeded labels. */
  public Minibatch minibatch(int size) {
    int[] shape = IntStream.concat(IntStream.of(size), Arrays.stream(input.sizes())).toArray();
    int values = Arrays.stream(shape).reduce(1, Math::multiplyExact);
    SplittableRandom random = Seeds.random(1);
    float[] features = new float[values];
    for (int i = 0; i < values; i++) {
      features[i] = (float) random.nextDouble();
    }
    int labels = shape.length == 3 ? Math.multiplyExact(size, shape[2]) : size;
    return new Minibatch(
        new long[size], features, shape, random.ints(labels, 0, classes).toArray(), classes);
  }
}
