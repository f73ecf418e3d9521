package tributary.worker.engine.torch;

import java.util.Arrays;
import java.util.SplittableRandom;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.MultiDataSet;
import org.nd4j.linalg.factory.Nd4j;
import tributary.datasets.Seeds;
import tributary.worker.model.Nd4jRuntime;

/** Random indices for tests of layers that look things up. */
final class Words {
  static {
    Nd4jRuntime.load(); // before DL4J does, in its own way
    Nd4j.ones(1).dup(); // what ND4J keeps from then on, a test's scope would free
  }

  private Words() {}

  /** Sentences of six words with one of four classes each. */
  static MultiDataSet sentences(int step, int words) {
    int size = 4 + (step & 3);
    return new MultiDataSet(indices(step, words, size, 6), Data.oneHot(step, size, 4));
  }

  /** Whole numbers from 0 to {@code words - 1}. */
  static INDArray indices(long seed, int words, long... shape) {
    SplittableRandom random = Seeds.random(34, seed);
    float[] values = new float[(int) Arrays.stream(shape).reduce(1, Math::multiplyExact)];
    for (int i = 0; i < values.length; i++) {
      values[i] = random.nextInt(words);
    }
    return Nd4j.createFromArray(values).reshape('c', shape);
  }
}
