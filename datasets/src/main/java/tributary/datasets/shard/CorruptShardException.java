package tributary.datasets.shard;

import tributary.datasets.DataException;

/** A shard or its index is not what its writer wrote: pack the dataset again, do not retry. */
public final class CorruptShardException extends DataException {
  /** Wraps a complete message; it names shard, key where there is one, and byte offset. */
  public CorruptShardException(String message) {
    super(message);
  }
}
