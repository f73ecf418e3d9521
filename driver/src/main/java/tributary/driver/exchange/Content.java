package tributary.driver.exchange;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;

/** What a message carries: it is made while it is written. */
interface Content {
  /** Floats that are written at a time: they stay in the processor's cache. */
  int CHUNK = 4 * Encoding.CHUNK;

  /** How many bytes {@link #write} writes. */
  int bytes();

  /** Writes all of it. */
  void write(OutputStream out) throws IOException;

  /** Writes a part of a vector as floats, chunk by chunk. */
  static void write(float[] vector, int from, int length, OutputStream out) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(Encoding.FLOAT32.bytes(CHUNK));
    for (int done = 0; done < length; done += CHUNK) {
      int chunk = Math.min(CHUNK, length - done);
      Encoding.FLOAT32.put(vector, from + done, chunk, buffer.clear());
      out.write(buffer.array(), 0, buffer.position());
    }
  }
}
