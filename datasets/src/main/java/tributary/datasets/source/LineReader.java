package tributary.datasets.source;

import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.zip.ZipException;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSError;
import tributary.datasets.Checks;
import tributary.datasets.DataException;
import tributary.datasets.Storage;

/**
 * Cuts a file into lines and knows at which byte each starts. Not safe for several threads.
 *
 * <p>A line ends with a line feed, or with the file; a carriage return before the line feed goes
 * with it. A line that is too long is skipped without being held in memory.
 */
final class LineReader implements Closeable {
  private static final int BUFFER_BYTES = 1 << 16;
  private static final int[] BYTE_ORDER_MARK = {0xef, 0xbb, 0xbf};

  private final InputStream in;
  private final String path;
  private final int maxLineBytes;
  private final byte[] buffer = new byte[BUFFER_BYTES];
  private final Deque<Line> returned = new ArrayDeque<>();

  /** The bytes {@code at..end-1} of the buffer are still to be read. */
  private int at;

  private int end;

  /** Byte of the file that {@code buffer[at]} is. */
  private long offset;

  private LineReader(InputStream in, String path, long offset, int maxLineBytes) {
    this.in = in;
    this.path = path;
    this.offset = offset;
    this.maxLineBytes = maxLineBytes;
  }

  /**
   * Reads a file from a byte on.
   *
   * @param path of the file, gzipped if it ends in {@code .gz}: offsets are those of what is in it
   * @param offset of the first line to read; at 0 a UTF-8 byte order mark is skipped
   * @param maxLineBytes that a line may have without its line feed, at least 1
   */
  static LineReader open(String path, long offset, int maxLineBytes, Configuration hadoop)
      throws IOException {
    LineReader reader =
        new LineReader(TextFiles.open(path, offset, hadoop), path, offset, maxLineBytes);
    if (offset == 0) {
      reader.skipByteOrderMark();
    }
    return reader;
  }

  /** The file. */
  String path() {
    return path;
  }

  /** How many bytes a line may have. */
  int maxLineBytes() {
    return maxLineBytes;
  }

  /** Byte of the file where the next line starts. */
  long offset() {
    return returned.isEmpty() ? offset : returned.peekFirst().offset();
  }

  /** The next line; null after the last. */
  Line next() throws IOException {
    return returned.isEmpty() ? readLine() : returned.pollFirst();
  }

  /** Gives back lines that were read last, to be read again. */
  void giveBack(List<Line> lines) {
    for (int i = lines.size() - 1; i >= 0; i--) {
      returned.addFirst(lines.get(i));
    }
  }

  @Override
  public void close() throws IOException {
    in.close();
  }

  private Line readLine() throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    long start = offset;
    boolean ended = false;
    while (!ended && fill()) {
      int stop = at;
      while (stop < end && buffer[stop] != '\n') {
        stop++;
      }
      // One byte more than allowed, so that a carriage return is not counted.
      line.write(buffer, at, Math.min(stop - at, Math.max(0, maxLineBytes + 2 - line.size())));
      ended = stop < end;
      int used = stop - at + (ended ? 1 : 0);
      at += used;
      offset += used;
    }
    if (offset == start) {
      return null;
    }
    return new Line(start, offset - start, withoutReturn(line, ended));
  }

  /** Null if it is too long. */
  private byte[] withoutReturn(ByteArrayOutputStream line, boolean ended) {
    byte[] bytes = line.toByteArray();
    int length = bytes.length;
    if (ended && length > 0 && length < maxLineBytes + 2 && bytes[length - 1] == '\r') {
      length--;
    }
    if (length > maxLineBytes) {
      return null;
    }
    return length == bytes.length ? bytes : Arrays.copyOf(bytes, length);
  }

  private void skipByteOrderMark() throws IOException {
    if (!fill() || end < BYTE_ORDER_MARK.length) {
      return;
    }
    for (int i = 0; i < BYTE_ORDER_MARK.length; i++) {
      if ((buffer[i] & 0xff) != BYTE_ORDER_MARK[i]) {
        return;
      }
    }
    at = BYTE_ORDER_MARK.length;
    offset = at;
  }

  /** Whether there is something in the buffer now; at the beginning, all that fits. */
  private boolean fill() throws IOException {
    if (at < end) {
      return true;
    }
    try {
      at = 0;
      end = in.readNBytes(buffer, 0, BUFFER_BYTES);
      return end > 0;
    } catch (EOFException | ZipException e) {
      throw new DataException(
          Checks.format(
              "Bad gzip file %s after byte %d of what is in it: %s", path, offset, e.getMessage()),
          e);
    } catch (FSError e) {
      throw Storage.unwrapped(e);
    }
  }
}
