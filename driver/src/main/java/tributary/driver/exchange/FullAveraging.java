package tributary.driver.exchange;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.List;
import tributary.driver.exchange.Message.Raw;

/** Replicas send their values as they are, and the mean is made of them. */
record FullAveraging(SharedVector mean) implements Averaging {
  @Override
  public Content outgoing(int slice, float[] start, float[] end) {
    Slices slices = mean.slices();
    return new Values(end, slices.start(slice), slices.size(slice));
  }

  @Override
  public SliceMean average(int slice, List<Raw> blocks) {
    WeightedMean mean = new WeightedMean(blocks);
    byte[] bytes = new byte[mean.bytes()];
    write(mean, bytes.length / Float.BYTES, ByteBuffer.wrap(bytes));
    return new SliceMean(bytes, null);
  }

  @Override
  public void put(int slice, SliceMean bytes) {
    mean.put(slice, bytes.mean());
  }

  /** The mean of the next values as floats, from the buffer's position on. */
  static void write(WeightedMean mean, int length, ByteBuffer bytes) {
    float[] values = new float[Encoding.CHUNK];
    for (int left = length; left > 0; left -= Encoding.CHUNK) {
      int chunk = Math.min(left, Encoding.CHUNK);
      mean.next(chunk, values);
      Encoding.FLOAT32.put(values, 0, chunk, bytes);
    }
  }

  /** A view of a vector, which is not copied before it is written. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Values(float[] vector, int from, int length) implements Content {
    @Override
    public int bytes() {
      return Encoding.FLOAT32.bytes(length);
    }

    @Override
    public void write(OutputStream out) throws IOException {
      Content.write(vector, from, length, out);
    }
  }
}
