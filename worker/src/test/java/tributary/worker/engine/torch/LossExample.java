package tributary.worker.engine.torch;

import static tributary.worker.engine.torch.OracleArrays.gaussian;
import static tributary.worker.engine.torch.OracleArrays.tensor;
import static tributary.worker.engine.torch.OracleArrays.values;

import java.util.SplittableRandom;
import java.util.function.DoubleUnaryOperator;
import java.util.stream.DoubleStream;
import java.util.stream.Stream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.nd4j.linalg.activations.IActivation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.lossfunctions.ILossFunction;

/**
 * A loss with something to compute it of, in both libraries.
 *
 * @param sums {@code [rows, outputs]}, row-major
 * @param labels {@code [rows, any]}, row-major
 * @param mask {@code [rows, any]}, row-major, or null
 */
@SuppressWarnings("ArrayRecordComponent") // compared by hand
record LossExample(
    ILossFunction loss,
    IActivation activation,
    int rows,
    double[] sums,
    double[] labels,
    double[] mask) {

  /** What a loss is given as labels, a row at a time. */
  enum Labels {
    REAL,
    AWAY_FROM_ZERO,
    POSITIVE,
    COUNTS,
    SIGNS,
    BINARY,
    PROBABILITIES,
    DISTRIBUTION,
    ONE_HOT,
    INDEX;

    double[] row(SplittableRandom random, int outputs) {
      double[] draws = random.doubles(outputs).toArray();
      return switch (this) {
        case REAL -> gaussian(random, outputs);
        case AWAY_FROM_ZERO -> each(draws, x -> (x < 0.5 ? -1 : 1) * (0.5 + x));
        case POSITIVE -> each(draws, x -> 3 * x);
        case COUNTS -> each(draws, x -> Math.floor(5 * x));
        case SIGNS -> each(draws, x -> x < 0.5 ? -1 : 1);
        case BINARY -> each(draws, x -> x < 0.5 ? 0 : 1);
        case PROBABILITIES -> draws;
        case DISTRIBUTION -> each(draws, x -> x / DoubleStream.of(draws).sum());
        case ONE_HOT -> oneHot(random.nextInt(outputs), outputs);
        case INDEX -> new double[] {random.nextInt(outputs)};
      };
    }

    double[] rows(SplittableRandom random, int rows, int outputs) {
      return Stream.generate(() -> row(random, outputs))
          .limit(rows)
          .flatMapToDouble(DoubleStream::of)
          .toArray();
    }

    private static double[] each(double[] draws, DoubleUnaryOperator function) {
      return DoubleStream.of(draws).map(function).toArray();
    }

    private static double[] oneHot(int index, int outputs) {
      double[] row = new double[outputs];
      row[index] = 1;
      return row;
    }
  }

  /** What a mask says about: nothing, rows or single outputs. */
  enum Mask {
    NONE,
    ROWS,
    OUTPUTS;

    double[] rows(SplittableRandom random, int rows, int outputs) {
      return switch (this) {
        case NONE -> null;
        case ROWS -> zerosAndOnes(random, rows);
        case OUTPUTS -> zerosAndOnes(random, rows * outputs);
      };
    }

    private static double[] zerosAndOnes(SplittableRandom random, int count) {
      return random.doubles(count).map(x -> x < 0.4 ? 0 : 1).toArray();
    }
  }

  /** The loss and its gradient by the sums. */
  record Result(double value, double[] gradient) {}

  @SuppressWarnings("try") // frees what the pass made
  Result torch(ScalarType type) {
    try (PointerScope scope = new PointerScope()) {
      return torch(type, matrix(labels, type));
    }
  }

  /** With other labels, such as class indices. */
  @SuppressWarnings("try") // frees what the pass made
  Result torch(ScalarType type, Tensor other) {
    try (PointerScope scope = new PointerScope()) {
      Tensor x = matrix(sums, type).requires_grad_(true);
      Tensor sum = torchSum(x, other);
      sum.backward();
      return new Result(values(sum)[0], values(x.grad()));
    }
  }

  @SuppressWarnings("try") // frees what the pass made
  private double torchScore() {
    try (PointerScope scope = new PointerScope()) {
      Tensor x = matrix(sums, ScalarType.Double);
      return torchSum(x, matrix(labels, ScalarType.Double)).item_double();
    }
  }

  private Tensor torchSum(Tensor x, Tensor y) {
    return TorchLosses.of(loss, activation, site())
        .sum(x, y, mask == null ? null : matrix(mask, ScalarType.Float));
  }

  Result dl4j(DataType type) {
    return new Result(
        dl4jScore(type),
        values(
            loss.computeGradient(
                array(labels, type), array(sums, type), activation, array(mask, type))));
  }

  double dl4jScore(DataType type) {
    return loss.computeScore(
        array(labels, type), array(sums, type), activation, array(mask, type), false);
  }

  /** The gradient that libtorch's values show. */
  double[] torchDifferences() {
    return FiniteDifferences.of(x -> at(x).torchScore(), sums);
  }

  /** The gradient that DL4J's values show. */
  double[] dl4jDifferences() {
    return FiniteDifferences.of(x -> at(x).dl4jScore(DataType.DOUBLE), sums);
  }

  static Site site() {
    return new Site("Layer 0 (DenseLayer)", "0_", new DenseLayer.Builder().build(), false, null);
  }

  private LossExample at(double[] x) {
    return new LossExample(loss, activation, rows, x, labels, mask);
  }

  private Tensor matrix(double[] values, ScalarType type) {
    return tensor(values, type, rows, values.length / rows);
  }

  private INDArray array(double[] values, DataType type) {
    return values == null ? null : OracleArrays.array(values, type, rows, values.length / rows);
  }
}
