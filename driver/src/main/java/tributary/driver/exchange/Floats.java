package tributary.driver.exchange;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import tributary.datasets.Checks;

/** Floats as they travel: little-endian, four bytes each, nothing around them. */
final class Floats {
  private Floats() {}

  /** A view of bytes as floats. */
  static FloatBuffer view(ByteBuffer bytes) {
    return bytes.duplicate().order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer();
  }

  static ByteBuffer encode(float[] vector, int from, int length) {
    ByteBuffer bytes = ByteBuffer.allocate(Math.multiplyExact(length, Float.BYTES));
    view(bytes).put(vector, from, length);
    return bytes;
  }

  /** Writes all of {@code bytes} to {@code vector} from {@code from} on. */
  static void decode(ByteBuffer bytes, float[] vector, int from, int length) {
    FloatBuffer floats = view(bytes);
    Checks.argument(
        floats.remaining() == length, "expected %d values, found %d", length, floats.remaining());
    floats.get(vector, from, length);
  }
}
