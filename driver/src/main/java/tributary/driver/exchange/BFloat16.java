package tributary.driver.exchange;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;

/**
 * The upper halves of floats, rounded to the nearest, ties to even: Intel, "BFLOAT16 - Hardware
 * Numerics Definition", 338302-001US, 2018. Relative error up to 2^-9; a float's range, but that
 * the largest round to infinity; subnormal numbers stay; what is not a number stays so, as far as
 * arithmetic has made it (a signalling one may become infinity).
 *
 * <p>Two halves travel in an int: of {@code n} values number i in the lower one, and number i + (n
 * + 1) / 2 in the upper. Java's compiler then works on sixteen values at a time; on shorts, or
 * where it sees floats become ints, it takes one by one, which costs more than sending the upper
 * halves' other halves. Not for several threads.
 */
final class BFloat16 {
  /** Values that are worked on at a time: they stay in the processor's cache. */
  static final int CHUNK = 4096;

  private static final int HALF = 16;
  private static final int HALF_UNIT = 1 << (HALF - 1);
  private static final int SIGN = 0x80000000;
  private static final int UPPER = 0xffff0000;
  private static final int INFINITY = 0x7f800000;
  private static final int SIGN_SHIFT = 31;

  /** Floats and their bits: a copy there and back is cheap, for it is one of whole arrays. */
  private final ByteBuffer shared =
      ByteBuffer.allocate(CHUNK * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);

  private final FloatBuffer floats = shared.asFloatBuffer();
  private final IntBuffer ints = shared.asIntBuffer();
  private final int[] bits = new int[CHUNK];
  private final int[] pairs = new int[CHUNK / 2];

  /** Bytes of so many values. */
  static int bytes(int values) {
    return Math.multiplyExact((values + 1) / 2, Integer.BYTES);
  }

  /**
   * Rounds values.
   *
   * @param length at most {@link #CHUNK}
   * @param out takes {@link #bytes} from its position on, which stays
   */
  void encode(float[] values, int from, int length, ByteBuffer out) {
    floats.put(0, values, from, length);
    ints.get(0, bits, 0, length);
    round(length);
    int half = (length + 1) / 2;
    for (int i = 0; i < half; i++) {
      pairs[i] = bits[i] >>> HALF;
    }
    for (int i = 0; i < length / 2; i++) {
      pairs[i] |= bits[i + half] & UPPER;
    }
    ints(out).put(pairs, 0, half);
  }

  /** Reads what {@link #encode} wrote of {@code length} values. */
  void decode(ByteBuffer in, float[] values, int from, int length) {
    int half = (length + 1) / 2;
    ints(in).get(pairs, 0, half);
    for (int i = 0; i < half; i++) {
      bits[i] = pairs[i] << HALF;
    }
    for (int i = 0; i < length / 2; i++) {
      bits[i + half] = pairs[i] & UPPER;
    }
    ints.put(0, bits, 0, length);
    floats.get(0, values, from, length);
  }

  private void round(int length) {
    for (int i = 0; i < length; i++) {
      int none = (INFINITY - (bits[i] & ~SIGN)) >> SIGN_SHIFT; // 0, or all ones for a NaN
      bits[i] += (HALF_UNIT - 1 + (bits[i] >>> HALF & 1)) & ~none;
    }
  }

  private static IntBuffer ints(ByteBuffer bytes) {
    return bytes.duplicate().order(ByteOrder.LITTLE_ENDIAN).asIntBuffer();
  }
}
