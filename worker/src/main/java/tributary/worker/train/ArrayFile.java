package tributary.worker.train;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.zip.CRC32C;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FileSystem;
import tributary.datasets.Checks;
import tributary.datasets.DataException;
import tributary.datasets.Storage;

/**
 * A file of examples of one shape, one record after the other, little-endian:
 *
 * <pre>
 * float[]  features, row-major
 * float[]  labels, row-major
 * int      CRC32C of the bytes before, of this record
 * </pre>
 */
public final class ArrayFile {
  private ArrayFile() {}

  /** Writes examples. */
  public static final class Writer {
    private final OutputStream out;
    private byte[] bytes = new byte[0];

    /** A writer to a stream, which stays open. */
    public Writer(OutputStream out) {
      this.out = out;
    }

    /**
     * Writes one example out of the arrays of several.
     *
     * @param index which of them
     * @param size how many they are
     */
    public void write(float[] features, float[] labels, int index, int size) throws IOException {
      int featureValues = features.length / size;
      int labelValues = labels.length / size;
      if (bytes.length != bytes(featureValues, labelValues)) {
        bytes = new byte[bytes(featureValues, labelValues)];
      }
      ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
      buffer.asFloatBuffer().put(features, index * featureValues, featureValues);
      buffer.position(featureValues * Float.BYTES);
      buffer.asFloatBuffer().put(labels, index * labelValues, labelValues);
      buffer.putInt(bytes.length - Integer.BYTES, checksum(bytes));
      out.write(bytes);
    }
  }

  /** Reads example {@code index} of a file into place {@code at} of two arrays. */
  static void read(
      FSDataInputStream in,
      String name,
      long index,
      float[] features,
      float[] labels,
      int at,
      ArrayExamples examples)
      throws IOException {
    int featureValues = examples.featureValues();
    int labelValues = examples.labelValues();
    byte[] bytes = new byte[bytes(featureValues, labelValues)];
    Storage.readFully(in, index * bytes.length, bytes);
    ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    int expected = buffer.getInt(bytes.length - Integer.BYTES);
    int found = checksum(bytes);
    if (expected != found) {
      throw new DataException(
          Checks.format(
              "Corrupt %s: example %d: checksum: expected 0x%08x, found 0x%08x; call fit again",
              name, index, expected, found));
    }
    buffer.asFloatBuffer().get(features, at * featureValues, featureValues);
    buffer.position(featureValues * Float.BYTES);
    buffer.asFloatBuffer().get(labels, at * labelValues, labelValues);
  }

  static FSDataInputStream open(FileSystem fs, String folder, int index) throws IOException {
    return fs.open(ArrayExamples.file(folder, index));
  }

  private static int bytes(int featureValues, int labelValues) {
    return Math.addExact(
        Math.multiplyExact(Math.addExact(featureValues, labelValues), Float.BYTES), Integer.BYTES);
  }

  private static int checksum(byte[] record) {
    CRC32C crc = new CRC32C();
    crc.update(record, 0, record.length - Integer.BYTES);
    return (int) crc.getValue();
  }
}
