package tributary.datasets.source;

import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import org.apache.hadoop.conf.Configuration;

/**
 * Tells the lines of a file by bytes. Asked for places in rising order, it reads the file once. Not
 * safe for several threads.
 */
final class LineNumbers implements Closeable {
  private final String path;
  private final Configuration hadoop;
  private final byte[] buffer = new byte[1 << 16];
  private InputStream in;
  private long offset;
  private long line;

  LineNumbers(String path, Configuration hadoop) {
    this.path = path;
    this.hadoop = hadoop;
  }

  /** The number, from 1, of the line that byte {@code wanted} of the unpacked file lies in. */
  long at(long wanted) throws IOException {
    if (in == null || wanted < offset) {
      close();
      in = TextFiles.open(path, 0, hadoop);
      offset = 0;
      line = 1;
    }
    while (offset < wanted) {
      int read = in.read(buffer, 0, (int) Math.min(buffer.length, wanted - offset));
      if (read < 0) {
        throw new EOFException(path + " ends before byte " + wanted);
      }
      for (int i = 0; i < read; i++) {
        line += buffer[i] == '\n' ? 1 : 0;
      }
      offset += read;
    }
    return line;
  }

  @Override
  public void close() throws IOException {
    if (in != null) {
      in.close();
      in = null;
    }
  }
}
