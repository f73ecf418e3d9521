package tributary.driver.exchange;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.List;
import tributary.driver.exchange.Message.Raw;

/**
 * Replicas send in 16 bits by how much they moved each value, and the mean moves by the sum of
 * those, rounded to 16 bits again; what that rounding leaves is kept and added in the next round,
 * so that it is late and not lost: error feedback as in Karimireddy et al., "Error Feedback Fixes
 * SignSGD and other Gradient Compression Schemes", arXiv:1901.09847, algorithm 2, at the place
 * where the mean is made. What a replica's own rounding loses, at most 2^-9 of each move, is not
 * made up for: it has no direction, and would take a state per replica.
 *
 * <p>A slice is, both on its way from a replica and as a mean, the moves of all its values in 16
 * bits, and after them those values that must be exact, as floats.
 *
 * @param mean whose slices are moves from the vector that replicas began with
 * @param before what earlier rounding left
 * @param after what is left after this round
 */
record DeltaAveraging(SharedVector mean, SharedResidual before, SharedResidual after)
    implements Averaging {
  @Override
  public Content outgoing(int slice, float[] start, float[] end) {
    Slices slices = mean.slices();
    return new Moves(start, end, slices.start(slice), slices.start(slice + 1), mean.exact());
  }

  @Override
  public SliceMean average(int slice, List<Raw> blocks) throws IOException {
    return average(blocks, before.get(slice), mean.slices().size(slice));
  }

  @Override
  public void put(int slice, SliceMean bytes) {
    mean.put(slice, bytes.mean());
    after.put(slice, bytes.left());
  }

  /**
   * A slice of the mean, made a chunk at a time: all of it stays in the processor's cache.
   *
   * @param before what earlier rounding left of each move
   * @param length how many moves there are
   */
  static SliceMean average(List<Raw> blocks, ByteBuffer before, int length) {
    WeightedMean mean = new WeightedMean(blocks);
    byte[] made = new byte[mean.bytes()];
    byte[] left = new byte[before.remaining()];
    ByteBuffer bytes = ByteBuffer.wrap(made);
    ByteBuffer after = ByteBuffer.wrap(left);
    float[] exactly = new float[Encoding.CHUNK];
    float[] rounded = new float[Encoding.CHUNK];
    for (int from = 0; from < length; from += Encoding.CHUNK) {
      int chunk = Math.min(Encoding.CHUNK, length - from);
      Encoding.BFLOAT16.get(before, exactly, 0, chunk);
      mean.addNext(Encoding.BFLOAT16, chunk, exactly);
      Encoding.BFLOAT16.putChunk(exactly, 0, chunk, bytes);
      Encoding.BFLOAT16.get(bytes, rounded, 0, chunk);
      for (int i = 0; i < chunk; i++) {
        exactly[i] -= rounded[i]; // no rounding: it is in the lower half of the bits
      }
      Encoding.BFLOAT16.put(exactly, 0, chunk, after);
    }
    FullAveraging.write(mean, bytes.remaining() / Float.BYTES, bytes);
    return new SliceMean(made, left);
  }

  /** From {@code from} to before {@code to}. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Moves(float[] start, float[] end, int from, int to, Stretches exact)
      implements Content {
    @Override
    public int bytes() {
      return Encoding.BFLOAT16.bytes(to - from) + Encoding.FLOAT32.bytes(exact.count(from, to));
    }

    @Override
    public void write(OutputStream out) throws IOException {
      float[] moves = new float[Encoding.CHUNK];
      ByteBuffer buffer = ByteBuffer.allocate(Encoding.BFLOAT16.bytes(moves.length));
      for (int at = from; at < to; at += moves.length) {
        int chunk = Math.min(moves.length, to - at);
        for (int i = 0; i < chunk; i++) {
          moves[i] = end[at + i] - start[at + i];
        }
        Encoding.BFLOAT16.putChunk(moves, 0, chunk, buffer);
        out.write(buffer.array(), 0, Encoding.BFLOAT16.bytes(chunk));
      }
      float[] values = exact.pick(end, from, to);
      Content.write(values, 0, values.length, out);
    }
  }
}
