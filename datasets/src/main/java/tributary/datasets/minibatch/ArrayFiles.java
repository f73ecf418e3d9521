package tributary.datasets.minibatch;

import java.io.Closeable;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.CRC32C;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import tributary.datasets.Checks;
import tributary.datasets.DataException;
import tributary.datasets.Storage;

/**
 * The files of {@link ArrayExamples}, opened as they are read: examples of one shape, one record
 * after the other, little-endian. Safe for several threads.
 *
 * <pre>
 * float[]  features, row-major
 * float[]  labels, row-major
 * int      CRC32C of the bytes before, of this record
 * </pre>
 */
public final class ArrayFiles implements Closeable {
  private final ArrayExamples examples;
  private final FileSystem fs;
  private final String host;
  private final long[] ends;
  private final Map<Integer, FSDataInputStream> open = new TreeMap<>();

  /**
   * The files of some examples.
   *
   * @param host this machine's name, for errors
   */
  public ArrayFiles(ArrayExamples examples, Configuration hadoop, String host) throws IOException {
    this.examples = examples;
    this.fs = Storage.fileSystem(new Path(examples.folder()), hadoop);
    this.host = host;
    this.ends = examples.counts().stream().mapToLong(Integer::longValue).toArray();
    Arrays.parallelPrefix(ends, Long::sum);
  }

  /** What is in them. */
  public ArrayExamples examples() {
    return examples;
  }

  /**
   * Reads an example into place {@code at} of two arrays.
   *
   * @param number of the example, counted through all files
   * @throws DataException if the file is missing or the record damaged
   */
  void read(long number, float[] features, float[] labels, int at) throws IOException {
    int index = fileOf(number);
    long place = index == 0 ? number : number - ends[index - 1];
    int featureValues = examples.featureValues();
    int labelValues = examples.labelValues();
    byte[] bytes = new byte[bytes(featureValues, labelValues)];
    Storage.readFully(file(index), place * bytes.length, bytes);
    ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    int expected = buffer.getInt(bytes.length - Integer.BYTES);
    int found = checksum(bytes);
    if (expected != found) {
      throw new DataException(
          Checks.format(
              "Corrupt %s: example %d: checksum: expected 0x%08x, found 0x%08x; call fit again",
              ArrayExamples.file(examples.folder(), index), place, expected, found));
    }
    buffer.asFloatBuffer().get(features, at * featureValues, featureValues);
    buffer.position(featureValues * Float.BYTES);
    buffer.asFloatBuffer().get(labels, at * labelValues, labelValues);
  }

  @Override
  public void close() throws IOException {
    synchronized (open) {
      for (FSDataInputStream file : open.values()) {
        file.close();
      }
      open.clear();
    }
  }

  /** The one whose end comes after the number; files without examples are passed over. */
  private int fileOf(long number) {
    int file = 0;
    while (number >= ends[file]) {
      file++;
    }
    return file;
  }

  private FSDataInputStream file(int index) throws IOException {
    synchronized (open) {
      FSDataInputStream file = open.get(index);
      if (file == null) {
        file = opened(index);
        open.put(index, file);
      }
      return file;
    }
  }

  private FSDataInputStream opened(int index) throws IOException {
    Path file = ArrayExamples.file(examples.folder(), index);
    try {
      return fs.open(file);
    } catch (FileNotFoundException e) {
      throw new DataException(
          Checks.format(
              "No %s on %s: the folder of exported examples must be one that all executors share",
              file, host),
          e);
    }
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
}
