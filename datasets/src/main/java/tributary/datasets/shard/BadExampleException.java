package tributary.datasets.shard;

import tributary.datasets.DataException;

/** One example cannot be used, though its shard is intact: drop it or replace it. */
public final class BadExampleException extends DataException {
  /** Wraps a complete message; it names shard, key, byte offset and reason. */
  public BadExampleException(String message) {
    super(message);
  }
}
