package tributary.worker.engine.torch;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.stream.DoubleStream;
import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** The same row-major numbers for both libraries, and how close what they make of them must be. */
final class OracleArrays {
  private OracleArrays() {}

  static Tensor tensor(double[] values, ScalarType type, long... shape) {
    return Tensor.create(values, shape).toType(type);
  }

  static INDArray array(double[] values, DataType type, long... shape) {
    return Nd4j.create(values, shape, 'c').castTo(type).dup('c');
  }

  static double[] values(Tensor tensor) {
    Tensor plain = tensor.detach().toType(ScalarType.Double).contiguous();
    double[] values = new double[Math.toIntExact(plain.numel())];
    new DoublePointer(plain.data_ptr()).get(values);
    return values;
  }

  static double[] values(INDArray array) {
    return array.castTo(DataType.DOUBLE).dup('c').data().asDouble();
  }

  static double[] gaussian(SplittableRandom random, int count) {
    return DoubleStream.generate(random::nextGaussian).limit(count).toArray();
  }

  /**
   * How far apart, relative to the largest expected value: values near zero carry no weight. What
   * is zero but for rounding has no scale of its own, so the largest counts as 1e-3 at least.
   */
  static double difference(double[] found, double[] expected) {
    assertThat(found).hasSameSizeAs(expected);
    double largest = 1e-3;
    double difference = 0;
    for (int i = 0; i < expected.length; i++) {
      largest = Math.max(largest, Math.abs(expected[i]));
      difference = Math.max(difference, Math.abs(expected[i] - found[i]));
    }
    return difference / largest;
  }

  static void assertClose(double[] found, double[] expected, double tolerance, String what) {
    assertThat(difference(found, expected))
        .as("%s: %s, expected %s", what, Arrays.toString(found), Arrays.toString(expected))
        .isLessThan(tolerance);
  }
}
