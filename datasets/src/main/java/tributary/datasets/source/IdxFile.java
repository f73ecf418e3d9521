package tributary.datasets.source;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.List;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import tributary.datasets.Checks;
import tributary.datasets.DataException;
import tributary.datasets.Storage;

/**
 * One IDX file of unsigned bytes, the format that the MNIST database introduced.
 *
 * <p>Big-endian, {@code d} = number of dimensions:
 *
 * <pre>
 * offset  type      field
 *      0  short     always 0
 *      2  byte      type of the values: 0x08, unsigned bytes
 *      3  byte      d
 *      4  int[d]    sizes, the outermost first
 *   4+4d  byte[]    values, row-major
 * </pre>
 *
 * @param path of the file, gzipped if it ends in {@code .gz}
 * @param sizes of the dimensions, the outermost first
 */
record IdxFile(String path, List<Integer> sizes) {
  private static final int UNSIGNED_BYTES = 0x08;
  private static final int BUFFER_BYTES = 1 << 16;

  /** Reads the header and checks that the file holds exactly the values it announces. */
  static IdxFile check(String path, int dimensions, Configuration conf) throws IOException {
    try (DataInputStream in = stream(path, conf)) {
      IdxFile file = header(path, dimensions, in);
      long expected = Math.multiplyExact(file.items(), file.itemBytes());
      long found = length(in);
      if (found != expected) {
        throw bad(
            path,
            "expected %d bytes of values for sizes %s, found %d",
            expected,
            file.sizes(),
            found);
      }
      return file;
    } catch (EOFException | ZipException | ArithmeticException e) {
      throw bad(path, "expected a whole IDX file, found a broken one: %s", e.getMessage());
    }
  }

  /** Number of items: the outermost size. */
  int items() {
    return sizes.get(0);
  }

  /** Bytes of one item: the product of the other sizes. */
  long itemBytes() {
    return sizes.stream().skip(1).mapToLong(Integer::longValue).reduce(1, Math::multiplyExact);
  }

  /** Byte where an item starts. */
  long offset(long item) {
    return 4 + 4L * sizes.size() + item * itemBytes();
  }

  /** The values from item {@code from} on; a gzipped file is unpacked up to there. */
  DataInputStream open(long from, Configuration conf) throws IOException {
    DataInputStream in = stream(path, conf);
    try {
      in.skipNBytes(offset(from));
      return in;
    } catch (IOException e) {
      in.close();
      throw e;
    }
  }

  private static InputStream open(FileSystem fs, Path file) throws IOException {
    try {
      return fs.open(file);
    } catch (IOException e) {
      throw SourceFiles.unreadable(file, e);
    }
  }

  private static DataInputStream stream(String path, Configuration conf) throws IOException {
    Path file = new Path(path);
    FileSystem fs = Storage.fileSystem(file, conf);
    InputStream raw = open(fs, file);
    try {
      return new DataInputStream(
          path.endsWith(".gz")
              ? new GZIPInputStream(raw, BUFFER_BYTES)
              : new BufferedInputStream(raw, BUFFER_BYTES));
    } catch (EOFException | ZipException e) {
      raw.close();
      throw bad(path, "expected gzip, found a file that is not: %s", e.getMessage());
    }
  }

  private static IdxFile header(String path, int dimensions, DataInputStream in)
      throws IOException {
    int expected = UNSIGNED_BYTES << 8 | dimensions;
    int magic = in.readInt();
    if (magic != expected) {
      throw bad(
          path,
          "magic number at byte 0: expected 0x%08x (unsigned bytes, %d dimensions), found 0x%08x",
          expected,
          dimensions,
          magic);
    }
    Integer[] sizes = new Integer[dimensions];
    for (int i = 0; i < dimensions; i++) {
      sizes[i] = in.readInt();
      if (sizes[i] < 1) {
        throw bad(path, "size at byte %d: expected at least 1, found %d", 4 + 4 * i, sizes[i]);
      }
    }
    return new IdxFile(path, Arrays.asList(sizes));
  }

  private static long length(InputStream in) throws IOException {
    byte[] buffer = new byte[BUFFER_BYTES];
    long bytes = 0;
    for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
      bytes += read;
    }
    return bytes;
  }

  private static DataException bad(String path, String format, Object... values) {
    return new DataException("Bad IDX file " + path + ": " + Checks.format(format, values));
  }
}
