package tributary.driver.exchange;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.stream.IntStream;

/**
 * What rounding the mean's move has left of each value, in bfloat16: the driver keeps it as it
 * travels, for it looks into it for a checkpoint alone.
 */
public final class Residual {
  /** Nothing was rounded. */
  public static final Residual NONE = new Residual(Slices.of(Encoding.BFLOAT16, 0), List.of());

  private final Slices slices;
  private final List<ByteBuffer> bytes;

  /**
   * A residual in slices.
   *
   * @param bytes of each; must not change any more
   */
  Residual(Slices slices, List<ByteBuffer> bytes) {
    this.slices = slices;
    this.bytes = List.copyOf(bytes);
  }

  /**
   * A residual of values, rounded to 16 bits.
   *
   * @param values one for each parameter, in units of parameters; none if nothing was rounded
   */
  public static Residual of(float[] values) {
    Slices cut = Slices.of(Encoding.BFLOAT16, values.length);
    return new Residual(
        cut,
        IntStream.range(0, cut.count())
            .mapToObj(n -> Encoding.BFLOAT16.encode(values, cut.start(n), cut.size(n)))
            .map(ByteBuffer::wrap)
            .toList());
  }

  /** Whether nothing was rounded. */
  public boolean isEmpty() {
    return bytes.isEmpty();
  }

  /** One for each parameter, in units of parameters; a copy. */
  public float[] values() {
    float[] values = new float[slices.length()];
    for (int slice = 0; slice < slices.count(); slice++) {
      Encoding.BFLOAT16.decode(bytes(slice), values, slices.start(slice), slices.size(slice));
    }
    return values;
  }

  Slices slices() {
    return slices;
  }

  ByteBuffer bytes(int slice) {
    return bytes.get(slice).duplicate();
  }
}
