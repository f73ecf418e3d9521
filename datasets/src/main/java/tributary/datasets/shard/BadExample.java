package tributary.datasets.shard;

import java.io.Serializable;
import java.util.Objects;
import tributary.datasets.Checks;

/**
 * An example that cannot be used, though its shard is intact. Sent.
 *
 * @param split that it belongs to
 * @param number global in the split, in manifest order
 * @param shard file name of the tar, for example {@code train-00042.tar}
 * @param key of the example
 * @param offset byte of the tar where it starts
 * @param reason why it cannot be used
 */
public record BadExample(
    String split, long number, String shard, String key, long offset, String reason)
    implements Serializable {
  /** Refuses missing parts. */
  public BadExample {
    Objects.requireNonNull(split, "split");
    Objects.requireNonNull(shard, "shard");
    Objects.requireNonNull(key, "key");
    Objects.requireNonNull(reason, "reason");
  }

  /** In words: what, where and why. */
  public String describe() {
    return Checks.format("%s in shard %s at byte %d: %s", key, shard, offset, reason);
  }
}
