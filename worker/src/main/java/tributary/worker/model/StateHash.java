package tributary.worker.model;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.MessageDigest;
import tributary.datasets.Sha256;

/** Names a vector to the bit, so that two runs can be compared by one word. */
public final class StateHash {
  private static final int BUFFER_FLOATS = 1 << 16;

  private StateHash() {}

  /** SHA-256 of the values as little-endian bytes, in hexadecimal. */
  public static String sha256(float[] values) {
    MessageDigest digest = Sha256.digest();
    ByteBuffer buffer =
        ByteBuffer.allocate(BUFFER_FLOATS * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    for (int from = 0; from < values.length; from += BUFFER_FLOATS) {
      int length = Math.min(BUFFER_FLOATS, values.length - from);
      buffer.asFloatBuffer().put(values, from, length);
      digest.update(buffer.array(), 0, length * Float.BYTES);
    }
    return Sha256.hex(digest.digest());
  }
}
