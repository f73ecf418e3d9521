package tributary.datasets.source;

import java.io.BufferedInputStream;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FSError;
import org.apache.hadoop.fs.Path;
import tributary.datasets.Checks;
import tributary.datasets.DataException;
import tributary.datasets.Storage;

/**
 * A run of bytes that is read at any place, fastest from front to back: a file, or an archive that
 * lies in another one and is read where it is. Not safe for several threads.
 */
abstract class Stretch implements Closeable {
  private static final int BUFFER_BYTES = 1 << 16;

  /** So that sums of places never overflow, whatever a damaged file says: a pebibyte. */
  private static final long MOST_UNPACKED_BYTES = 1L << 50;

  private final String place;
  private final long offset;
  private final long length;

  private Stretch(String place, long offset, long length) {
    this.place = place;
    this.offset = offset;
    this.length = length;
  }

  /** A whole file. */
  static Stretch of(String path, Configuration hadoop) throws IOException {
    return of(path, 0, SourceFiles.length(new Path(path), hadoop), hadoop);
  }

  /** What a part is: a file, or a run of bytes in one. */
  static Stretch of(Part part, Configuration hadoop) throws IOException {
    return of(part.path(), part.offset(), part.bytes(), hadoop);
  }

  /**
   * A run of a file's bytes, or of those that it unpacks to if it ends in {@code .gz} or {@code
   * .tgz}; the caller closes it.
   */
  static Stretch of(String path, long offset, long length, Configuration hadoop)
      throws IOException {
    return isGzip(path)
        ? new InGzip(path, offset, length, hadoop)
        : new InFile(path, offset, length, SourceFiles.open(new Path(path), hadoop));
  }

  /** All that a file unpacks to; nobody knows how much that is before it is read. */
  static Stretch ofGzip(String path, Configuration hadoop) {
    return new InGzip(path, 0, MOST_UNPACKED_BYTES, hadoop);
  }

  /** Whether a file is unpacked when it is read. */
  static boolean isGzip(String path) {
    return path.endsWith(".gz") || path.endsWith(".tgz");
  }

  /**
   * Bytes in memory.
   *
   * @param place where they are from
   */
  static Stretch of(String place, byte[] bytes) {
    return new InMemory(place, bytes);
  }

  /** How many bytes there are. */
  final long length() {
    return length;
  }

  /** Where a byte lies, in words. */
  final String at(long position) {
    return Checks.format("byte %d of %s", offset + position, place);
  }

  /**
   * Reads bytes from {@code position} on.
   *
   * @param bytes how many
   * @throws DataException if there are fewer
   */
  final byte[] read(long position, int bytes) throws IOException {
    if (bytes > length - position) {
      throw cutOff(position, bytes, null);
    }
    byte[] into = new byte[bytes];
    try {
      fill(offset + position, into);
    } catch (ZipException e) {
      throw new DataException(
          Checks.format(
              "Cannot unpack %s up to byte %d: %s", place, offset + position, e.getMessage()),
          e);
    } catch (EOFException e) {
      throw cutOff(position, bytes, e);
    } catch (FSError e) {
      throw Storage.unwrapped(e);
    }
    return into;
  }

  private DataException cutOff(long position, int bytes, EOFException cause) {
    return new DataException(
        Checks.format(
            "Expected %d bytes from %s on, found fewer: the file was changed or is cut off",
            bytes, at(position)),
        cause);
  }

  /**
   * Fills {@code into}.
   *
   * @param from byte of the whole file
   */
  abstract void fill(long from, byte[] into) throws IOException;

  private static final class InFile extends Stretch {
    private final FSDataInputStream in;

    InFile(String path, long offset, long length, FSDataInputStream in) {
      super(path, offset, length);
      this.in = in;
    }

    /** Where Hadoop's streams are asked to go a little ahead, they read on. */
    @Override
    void fill(long from, byte[] into) throws IOException {
      in.seek(from);
      in.readFully(into);
    }

    @Override
    public void close() throws IOException {
      in.close();
    }
  }

  /** Read from front to back; to go back is to begin again. */
  private static final class InGzip extends Stretch {
    private final String path;
    private final Configuration hadoop;
    private InputStream in;
    private long next;

    InGzip(String path, long offset, long length, Configuration hadoop) {
      super(path, offset, length);
      this.path = path;
      this.hadoop = hadoop;
    }

    @Override
    void fill(long from, byte[] into) throws IOException {
      if (in == null || from < next) {
        close();
        in = unpacked();
      }
      in.skipNBytes(from - next);
      if (in.readNBytes(into, 0, into.length) < into.length) {
        throw new EOFException();
      }
      next = from + into.length;
    }

    private InputStream unpacked() throws IOException {
      InputStream file = SourceFiles.open(new Path(path), hadoop);
      try {
        return new GZIPInputStream(new BufferedInputStream(file, BUFFER_BYTES), BUFFER_BYTES);
      } catch (IOException e) {
        file.close();
        throw e;
      }
    }

    @Override
    public void close() throws IOException {
      next = 0;
      if (in != null) {
        in.close();
        in = null;
      }
    }
  }

  private static final class InMemory extends Stretch {
    private final byte[] bytes;

    InMemory(String place, byte[] bytes) {
      super(place, 0, bytes.length);
      this.bytes = bytes;
    }

    @Override
    void fill(long from, byte[] into) {
      System.arraycopy(bytes, (int) from, into, 0, into.length);
    }

    @Override
    public void close() {
      // Nothing is open.
    }
  }
}
