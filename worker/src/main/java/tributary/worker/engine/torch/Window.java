package tributary.worker.engine.torch;

import java.util.Arrays;
import java.util.function.IntPredicate;
import java.util.function.IntToLongFunction;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.Subsampling3DLayer;
import org.deeplearning4j.nn.conf.layers.SubsamplingLayer;
import tributary.datasets.Checks;

/**
 * What moves over images {@code [n, channels, height, width]} or volumes {@code [n, channels,
 * depth, height, width]}: a number for each of these dimensions.
 *
 * @param mode how much is put around: in "Same" as much as makes the output the input's size over
 *     the stride, the odd one out at the end; in "Causal" all of it at the start; else as given
 * @param kernel how many values the window sees
 * @param stride how far it moves
 * @param dilation how far apart the values are that it sees
 * @param padding what is put on either side in the other modes
 */
@SuppressWarnings("ArrayRecordComponent") // two or three numbers each; never compared
record Window(ConvolutionMode mode, long[] kernel, long[] stride, long[] dilation, long[] padding) {

  /**
   * Values that a window moves over, with around them what the operation doesn't put there itself.
   *
   * @param values the input, copied only if padding differs between its sides
   * @param padding what the operation puts on either side
   * @param ceil whether the operation lets the last window reach over the end
   */
  @SuppressWarnings("ArrayRecordComponent") // two or three numbers; never compared
  record Padded(Tensor values, long[] padding, boolean ceil) {}

  static Window of(ConvolutionLayer layer) {
    return of(
        layer.getConvolutionMode(),
        layer.getKernelSize(),
        layer.getStride(),
        layer.getDilation(),
        layer.getPadding());
  }

  static Window of(SubsamplingLayer layer) {
    return of(
        unchecked(layer.getConvolutionMode()),
        layer.getKernelSize(),
        layer.getStride(),
        layer.getDilation(),
        layer.getPadding());
  }

  static Window of(Subsampling3DLayer layer) {
    return of(
        layer.getConvolutionMode(),
        layer.getKernelSize(),
        layer.getStride(),
        layer.getDilation(),
        layer.getPadding());
  }

  private static Window of(
      ConvolutionMode mode, int[] kernel, int[] stride, int[] dilation, int[] padding) {
    return new Window(mode, longs(kernel), longs(stride), longs(dilation), longs(padding));
  }

  /** DL4J doesn't hold sequences and pooling of images to mode "Strict". */
  private static ConvolutionMode unchecked(ConvolutionMode mode) {
    return mode == ConvolutionMode.Strict ? ConvolutionMode.Truncate : mode;
  }

  static long[] longs(int... values) {
    return Arrays.stream(values).asLongStream().toArray();
  }

  /** A window that sees one value at a time, and every one. */
  static Window ofOne(int dimensions) {
    long[] ones = new long[dimensions];
    Arrays.fill(ones, 1);
    return new Window(ConvolutionMode.Truncate, ones, ones, ones, new long[dimensions]);
  }

  /** The window's first numbers, for sequences as images one row high. */
  Window ofSteps() {
    return new Window(
        unchecked(mode),
        new long[] {1, kernel[0]},
        new long[] {1, stride[0]},
        new long[] {1, dilation[0]},
        new long[] {0, padding[0]});
  }

  int dimensions() {
    return kernel.length;
  }

  /** How many values it sees. */
  long volume() {
    return Arrays.stream(kernel).reduce(1, Math::multiplyExact);
  }

  boolean dilated() {
    return Arrays.stream(dilation).anyMatch(d -> d > 1);
  }

  /** From the first to the last value that it sees. */
  long extent(int i) {
    return (kernel[i] - 1) * dilation[i] + 1;
  }

  /** An image with zeros around it. */
  Padded forConvolution(Tensor values) {
    return padded(values, new Scalar(0), each(i -> Long.MAX_VALUE));
  }

  /**
   * An image with a value around it that pooling takes for nothing. Pooling pads by itself, with
   * nothing indeed, up to half a kernel; and it can let the last window reach over the end by one,
   * which is what mode "Same" asks for where the sides differ.
   */
  Padded forPooling(Tensor values, double nothing) {
    long[] before = each(i -> before(i, values));
    long[] half = each(i -> kernel[i] / 2);
    boolean ceil =
        mode == ConvolutionMode.Same
            && all(
                i ->
                    before[i] >= 0
                        && before[i] <= half[i]
                        && (stride[i] > 1 || after(i, values) == before[i]));
    return ceil
        ? new Padded(values, before, /* ceil= */ true)
        : padded(values, new Scalar(nothing), half);
  }

  /**
   * Which outputs count: those of windows that see something that counts. Where DL4J reduces a mask
   * of mode "Causal" at all, it does so as in mode "Same".
   *
   * @param mask of the input, {@code [n, 1]} or, with dimensions of 1 for whole ones, in its shape;
   *     may be null
   */
  Tensor reduce(Tensor mask) {
    if (mask == null || mask.dim() != dimensions() + 2 || keepsSize()) {
      return mask;
    }
    return Poolings.maximum(mask, alongSizesOf(mask));
  }

  /** This window where values have a size, and one that sees one value where it is 1. */
  private Window alongSizesOf(Tensor values) {
    IntPredicate sized = i -> values.size(2 + i) > 1;
    return new Window(
        mode == ConvolutionMode.Causal ? ConvolutionMode.Same : mode,
        each(i -> sized.test(i) ? kernel[i] : 1),
        each(i -> sized.test(i) ? stride[i] : 1),
        dilation,
        each(i -> sized.test(i) ? padding[i] : 0));
  }

  /** Whether the output is as large as the input, so that masks of positions fit both. */
  boolean keepsSize() {
    boolean padded = mode == ConvolutionMode.Same || mode == ConvolutionMode.Causal;
    return padded && all(i -> stride[i] == 1);
  }

  private Padded padded(Tensor values, Scalar value, long[] most) {
    long[] even = each(i -> Math.min(most[i], even(i, values)));
    long[] edges = new long[2 * dimensions()];
    for (int i = 0; i < dimensions(); i++) {
      int last = 2 * (dimensions() - 1 - i); // libtorch names the last dimension first
      edges[last] = before(i, values) - even[i];
      edges[last + 1] = after(i, values) - even[i];
    }
    boolean enough = Arrays.stream(edges).allMatch(edge -> edge == 0);
    return new Padded(
        enough ? values : torch.constant_pad_nd(values, edges, value), even, /* ceil= */ false);
  }

  private long even(int i, Tensor values) {
    return Math.max(0, Math.min(before(i, values), after(i, values)));
  }

  /** So many values before the first; fewer than none cuts some off. */
  private long before(int i, Tensor values) {
    return switch (mode) {
      case Same -> missing(i, values.size(2 + i)) / 2;
      case Causal -> extent(i) - 1;
      case Strict, Truncate -> given(i, values.size(2 + i));
    };
  }

  private long after(int i, Tensor values) {
    return switch (mode) {
      case Same -> Math.max(0, missing(i, values.size(2 + i)) - before(i, values));
      case Causal -> 0;
      case Strict, Truncate -> padding[i];
    };
  }

  /**
   * So many more values make the output as large as the input over the stride; fewer than none if
   * strides are wide, in which case DL4J starts later.
   */
  private long missing(int i, long size) {
    long outputs = (size + stride[i] - 1) / stride[i];
    return (outputs - 1) * stride[i] + extent(i) - size;
  }

  private long given(int i, long size) {
    Checks.argument(
        mode != ConvolutionMode.Strict || (size + 2 * padding[i] - extent(i)) % stride[i] == 0,
        "convolution mode Strict: windows %d wide, %d apart, don't cover %d values and padding of %d",
        extent(i),
        stride[i],
        size,
        padding[i]);
    return padding[i];
  }

  /** A number for each dimension. */
  long[] each(IntToLongFunction value) {
    return IntStream.range(0, dimensions()).mapToLong(value).toArray();
  }

  private boolean all(IntPredicate condition) {
    return IntStream.range(0, dimensions()).allMatch(condition);
  }
}
