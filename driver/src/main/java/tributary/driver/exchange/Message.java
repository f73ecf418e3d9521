package tributary.driver.exchange;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import org.apache.spark.util.KnownSizeEstimation;
import tributary.datasets.Checks;

/**
 * What a replica sends to one reducing task: a slice of where it ended, or its report. Written raw:
 *
 * <pre>
 * int   key: which slice; the number of slices for the report
 * int   replica
 * long  weight
 * int   bytes that follow: a slice as its averaging has it, or the report as Java serialises it
 * </pre>
 */
sealed interface Message {
  /** Whose it is. */
  int replica();

  /** How much the replica counts in the mean. */
  long weight();

  /** On its way out. */
  record Outgoing(int replica, long weight, Content content)
      implements Message, KnownSizeEstimation {
    private static final long VIEW_BYTES = 64;

    /** Vectors behind it are the replica's: Spark need not make room for them, nor spill them. */
    @Override
    public long estimatedSize() {
      return VIEW_BYTES;
    }

    private void write(DataOutputStream out) throws IOException {
      out.writeInt(content.bytes());
      content.write(out);
    }
  }

  /** As bytes: what has arrived, or a report. */
  @SuppressWarnings("ArrayRecordComponent") // raw bytes on their way; never compared
  record Raw(int replica, long weight, byte[] bytes) implements Message {
    private void write(DataOutputStream out) throws IOException {
      out.writeInt(bytes.length);
      out.write(bytes);
    }
  }

  /** Writes all but the key. */
  static void write(Message message, DataOutputStream out) throws IOException {
    out.writeInt(message.replica());
    out.writeLong(message.weight());
    if (message instanceof Outgoing outgoing) {
      outgoing.write(out);
    } else if (message instanceof Raw raw) {
      raw.write(out);
    }
  }

  /** Reads what {@link #write} wrote. */
  static Raw read(DataInputStream in) throws IOException {
    int replica = in.readInt();
    long weight = in.readLong();
    int length = in.readInt();
    Checks.argument(length >= 0, "a message of %d bytes", length);
    byte[] bytes = new byte[length];
    in.readFully(bytes);
    return new Raw(replica, weight, bytes);
  }
}
