package tributary.worker.engine.torch;

import java.util.Arrays;
import java.util.List;
import java.util.function.BinaryOperator;
import java.util.function.Function;
import java.util.stream.LongStream;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.deeplearning4j.nn.conf.graph.ElementWiseVertex;
import org.deeplearning4j.nn.conf.graph.L2NormalizeVertex;

/** Vertices that compute with the values of the nodes before them, of any rank. */
final class Vertices {
  private Vertices() {}

  /** Values side by side along an axis. */
  static TorchVertex merge(int axis) {
    return ofAll(values -> torch.cat(vector(values), axis));
  }

  /** Values combined one by one; a size of 1 stretches to that of the others. */
  static TorchVertex elementWise(ElementWiseVertex.Op op) {
    return switch (op) {
      case Add -> ofAll(values -> folded(values, Tensor::add));
      case Subtract -> ofAll(values -> folded(values, Tensor::sub));
      case Product -> ofAll(values -> folded(values, Tensor::mul));
      case Average ->
          ofAll(values -> folded(values, Tensor::add).div(new Scalar((double) values.size())));
      case Max -> ofAll(Vertices::largest);
    };
  }

  /** The features {@code from} to {@code to}, both included, along dimension 1. */
  static TorchVertex subset(int from, int to) {
    return ofValues(x -> x.narrow(1, from, to - from + 1));
  }

  /**
   * The examples of all values, one value after the other; shorter sequences get zeros at the end,
   * which count unless there are masks.
   */
  static Masked stack(List<Masked> inputs, Pass pass) {
    List<Tensor> values = inputs.stream().map(Masked::values).toList();
    boolean sequences = values.get(0).dim() == 3;
    Tensor stacked = torch.cat(vector(sequences ? padded(values) : values), 0);
    if (inputs.stream().allMatch(input -> input.mask() == null)) {
      return Masked.all(stacked);
    }
    List<Tensor> masks = inputs.stream().map(Vertices::maskOrOnes).toList();
    return new Masked(stacked, torch.cat(vector(padded(masks)), 0));
  }

  /** One part of a stack of {@code size} parts, {@code index} from 0. */
  static TorchVertex unstack(int index, int size) {
    return (inputs, pass) -> {
      Masked stack = inputs.get(0);
      return new Masked(
          part(stack.values(), index, size),
          stack.mask() == null ? null : part(stack.mask(), index, size));
    };
  }

  static TorchVertex scale(double factor) {
    return ofValues(x -> x.mul(new Scalar(factor)));
  }

  static TorchVertex shift(double summand) {
    return ofValues(x -> x.add(new Scalar(summand)));
  }

  /**
   * The Euclidean distances {@code [n, 1]} of the examples of two values; without a slope where it
   * is 0. Steps of sequences are gone then, and with them their mask.
   */
  static Masked distance(List<Masked> inputs, Pass pass) {
    Tensor difference = inputs.get(0).values().sub(inputs.get(1).values()).flatten(1, -1);
    Tensor mask = inputs.get(0).mask();
    boolean perExample = mask != null && mask.dim() == 2 && mask.size(1) == 1;
    return new Masked(norm(difference, 1), perExample ? mask : null);
  }

  /** Values over their Euclidean norm, but over the vertex's epsilon if that is larger. */
  static TorchVertex normalize(L2NormalizeVertex vertex) {
    int[] given = vertex.getDimension();
    double least = vertex.getEps();
    return ofValues(
        x -> {
          LongStream dimensions =
              given == null || given.length == 0
                  ? LongStream.range(1, x.dim())
                  : Arrays.stream(given).asLongStream();
          return x.div(norm(x, dimensions.toArray()).clamp_min(new Scalar(least)));
        });
  }

  private static TorchVertex ofValues(Function<Tensor, Tensor> function) {
    return TorchVertex.of(TorchLayer.ofValues((x, pass) -> function.apply(x)));
  }

  private static TorchVertex ofAll(Function<List<Tensor>, Tensor> function) {
    return (inputs, pass) ->
        new Masked(function.apply(inputs.stream().map(Masked::values).toList()), anyMask(inputs));
  }

  /** What counts in any of the values counts: all of it, if one of them has no mask. */
  private static Tensor anyMask(List<Masked> inputs) {
    if (inputs.stream().anyMatch(input -> input.mask() == null)) {
      return null;
    }
    List<Tensor> masks = inputs.stream().map(Masked::mask).toList();
    return masks.size() == 1
        ? masks.get(0)
        : folded(masks, Tensor::logical_or).to(masks.get(0).scalar_type());
  }

  private static Tensor folded(List<Tensor> values, BinaryOperator<Tensor> operator) {
    return values.stream().reduce(operator).orElseThrow();
  }

  /** Of equal values the first one gets the gradient, as in DL4J. */
  private static Tensor largest(List<Tensor> values) {
    TensorVector alike = torch.broadcast_tensors(vector(values));
    return new Tensor(torch.stack(alike).max(0).get0()); // the pair's own dies with the pair
  }

  /** Zeros along the last dimension up to the largest one's size. */
  private static List<Tensor> padded(List<Tensor> values) {
    long longest = values.stream().mapToLong(each -> each.size(-1)).max().orElseThrow();
    return values.stream().map(each -> padded(each, longest - each.size(-1))).toList();
  }

  private static Tensor padded(Tensor value, long missing) {
    return missing == 0
        ? value
        : torch.constant_pad_nd(value, new long[] {0, missing}, new Scalar(0.0));
  }

  private static Tensor maskOrOnes(Masked input) {
    Tensor values = input.values();
    return input.mask() == null
        ? values.new_ones(values.size(0), values.dim() == 3 ? values.size(2) : 1)
        : input.mask();
  }

  private static Tensor part(Tensor stack, int index, int size) {
    long rows = stack.size(0) / size;
    return stack.narrow(0, index * rows, rows);
  }

  private static Tensor norm(Tensor values, long... dimensions) {
    return values.norm(new ScalarOptional(new Scalar(2.0)), dimensions, /* keepdim= */ true);
  }

  private static TensorVector vector(List<Tensor> values) {
    TensorVector vector = new TensorVector();
    values.forEach(vector::push_back);
    return vector;
  }
}
