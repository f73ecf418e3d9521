package tributary.worker.engine.torch;

import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.function.IntFunction;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.MultiDataSet;
import org.nd4j.linalg.factory.Nd4j;
import tributary.datasets.Seeds;

/** Random minibatches for tests; the same seed gives the same values. */
final class Data {
  private Data() {}

  /**
   * Minibatches of one input and one output of classes.
   *
   * @param classes number of classes; one label an example, or one for each step of a sequence
   * @param shape of one example's features: features, or channels and steps, or an image
   */
  static IntFunction<MultiDataSet> classified(int classes, int... shape) {
    return step -> {
      int size = 4 + (step & 3);
      return new MultiDataSet(values(step, shape(size, shape)), oneHot(step, shape(size, classes)));
    };
  }

  /** Sequences with a class label at each step, no masks. */
  static IntFunction<MultiDataSet> sequences(int classes, int features, int steps) {
    return step -> {
      int size = 3 + (step & 3);
      return new MultiDataSet(
          values(step, size, features, steps), oneHot(step, size, classes, steps));
    };
  }

  /** Values from -1 to 1. */
  static INDArray values(long seed, int... shape) {
    SplittableRandom random = Seeds.random(31, seed);
    float[] values = new float[Arrays.stream(shape).reduce(1, Math::multiplyExact)];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (2 * random.nextDouble() - 1);
    }
    return Nd4j.createFromArray(values).reshape('c', longs(shape));
  }

  /** One 1 along dimension 1. */
  static INDArray oneHot(long seed, int... shape) {
    SplittableRandom random = Seeds.random(32, seed);
    int inner = Arrays.stream(shape).skip(2).reduce(1, Math::multiplyExact);
    float[] values = new float[shape[0] * shape[1] * inner];
    for (int i = 0; i < shape[0]; i++) {
      for (int j = 0; j < inner; j++) {
        values[(i * shape[1] + random.nextInt(shape[1])) * inner + j] = 1;
      }
    }
    return Nd4j.createFromArray(values).reshape('c', longs(shape));
  }

  /** Ones up to each sequence's length, which is at least 1; the first sequence is whole. */
  static INDArray lengths(long seed, int size, int steps) {
    SplittableRandom random = Seeds.random(33, seed);
    float[] values = new float[size * steps];
    for (int i = 0; i < size; i++) {
      int length = i == 0 ? steps : 1 + random.nextInt(steps);
      Arrays.fill(values, i * steps, i * steps + length, 1);
    }
    return Nd4j.createFromArray(values).reshape('c', size, steps);
  }

  static int[] shape(int size, int... rest) {
    int[] shape = new int[rest.length + 1];
    shape[0] = size;
    System.arraycopy(rest, 0, shape, 1, rest.length);
    return shape;
  }

  private static long[] longs(int... values) {
    return Arrays.stream(values).asLongStream().toArray();
  }
}
