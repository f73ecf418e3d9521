package tributary.worker.engine.torch;

import java.util.Arrays;
import java.util.stream.LongStream;
import org.bytedeco.pytorch.Tensor;
import org.deeplearning4j.nn.conf.graph.ReshapeVertex;

/** Vertices that give a value another shape. */
final class VerticesOfShape {
  private VerticesOfShape() {}

  /** The same numbers in another shape, one of whose dimensions may be -1: whatever is left. */
  static TorchVertex reshape(ReshapeVertex vertex) {
    char order = vertex.getReshapeOrder();
    long[] shape = longs(vertex.getNewShape());
    long[] maskShape = vertex.getMaskShape() == null ? null : longs(vertex.getMaskShape());
    return (inputs, pass) -> {
      Masked input = inputs.get(0);
      return new Masked(
          reshaped(input.values(), order, shape), mask(input.mask(), order, shape, maskShape));
    };
  }

  /** Images without their first row and column, which pooling in GoogLeNet's Caffe model adds. */
  static TorchVertex withoutFirstRowAndColumn() {
    return TorchVertex.of(
        TorchLayer.ofValues(
            (x, pass) -> x.narrow(2, 1, x.size(2) - 1).narrow(3, 1, x.size(3) - 1)));
  }

  /** A mask goes along from examples to steps and back. */
  private static Tensor mask(Tensor mask, char order, long[] shape, long[] maskShape) {
    if (mask == null) {
      return null;
    }
    if (maskShape != null) {
      return reshaped(mask, order, maskShape);
    }
    boolean perExample = mask.dim() == 2 && mask.size(1) == 1;
    boolean toSequences = shape.length == 3;
    if (perExample) {
      return toSequences ? reshaped(mask, order, shape[0], shape[2]) : mask;
    }
    return toSequences ? mask : reshaped(mask, order, -1, 1);
  }

  /** Order 'f' reads and writes with the first dimension varying fastest. */
  private static Tensor reshaped(Tensor values, char order, long... shape) {
    return order == 'f'
        ? transposed(transposed(values).reshape(reversed(shape)))
        : values.reshape(shape);
  }

  /** All dimensions the other way round. */
  private static Tensor transposed(Tensor values) {
    return values.permute(reversed(LongStream.range(0, values.dim()).toArray()));
  }

  private static long[] reversed(long[] values) {
    long[] reversed = new long[values.length];
    Arrays.setAll(reversed, i -> values[values.length - 1 - i]);
    return reversed;
  }

  private static long[] longs(int[] values) {
    return Arrays.stream(values).asLongStream().toArray();
  }
}
