package tributary.driver.exchange;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import tributary.datasets.Checks;

/** Values as they travel: little-endian, nothing around them. */
enum Encoding {
  FLOAT32 {
    @Override
    int bytes(int values) {
      return Math.multiplyExact(values, Float.BYTES);
    }

    @Override
    void getChunk(ByteBuffer bytes, float[] values, int from, int length) {
      floats(bytes).get(values, from, length);
    }

    @Override
    void putChunk(float[] values, int from, int length, ByteBuffer bytes) {
      floats(bytes).put(values, from, length);
    }
  },

  BFLOAT16 {
    @Override
    int bytes(int values) {
      return BFloat16.bytes(values);
    }

    @Override
    void getChunk(ByteBuffer bytes, float[] values, int from, int length) {
      HALVES.get().decode(bytes, values, from, length);
    }

    @Override
    void putChunk(float[] values, int from, int length, ByteBuffer bytes) {
      HALVES.get().encode(values, from, length, bytes);
    }
  };

  /** A vector is encoded in pieces of so many values, and may be read in such. */
  static final int CHUNK = BFloat16.CHUNK;

  private static final ThreadLocal<BFloat16> HALVES = ThreadLocal.withInitial(BFloat16::new);

  /** Bytes of so many values. */
  abstract int bytes(int values);

  /** Reads at most a chunk from a buffer's position on, which stays. */
  abstract void getChunk(ByteBuffer bytes, float[] values, int from, int length);

  /** Writes at most a chunk, rounded if need be, to a buffer's position, which stays. */
  abstract void putChunk(float[] values, int from, int length, ByteBuffer bytes);

  /** Reads values from a buffer's position on, which moves behind them. */
  void get(ByteBuffer bytes, float[] values, int from, int length) {
    for (int done = 0; done < length; done += CHUNK) {
      int chunk = Math.min(CHUNK, length - done);
      getChunk(bytes, values, from + done, chunk);
      bytes.position(bytes.position() + bytes(chunk));
    }
  }

  /** Writes values, rounded if need be, from a buffer's position on, which moves behind them. */
  void put(float[] values, int from, int length, ByteBuffer bytes) {
    for (int done = 0; done < length; done += CHUNK) {
      int chunk = Math.min(CHUNK, length - done);
      putChunk(values, from + done, chunk, bytes);
      bytes.position(bytes.position() + bytes(chunk));
    }
  }

  /** Bytes of a part of a vector. */
  byte[] encode(float[] values, int from, int length) {
    byte[] bytes = new byte[bytes(length)];
    put(values, from, length, ByteBuffer.wrap(bytes));
    return bytes;
  }

  /** Reads a part of a vector from bytes that hold nothing else. */
  void decode(ByteBuffer bytes, float[] values, int from, int length) {
    Checks.argument(
        bytes.remaining() == bytes(length),
        "expected %d bytes of %d values, found %d",
        bytes(length),
        length,
        bytes.remaining());
    get(bytes, values, from, length);
  }

  private static FloatBuffer floats(ByteBuffer bytes) {
    return bytes.duplicate().order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer();
  }
}
