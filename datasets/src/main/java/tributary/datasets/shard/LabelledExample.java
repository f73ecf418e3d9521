package tributary.datasets.shard;

import tributary.datasets.Checks;

/**
 * An example as read, with the place it came from.
 *
 * @param number global in the split, in manifest order
 * @param example key and files
 * @param label class index, or -1 if the example has none
 * @param shard file name of the tar, for example {@code train-00042.tar}
 * @param offset byte of the tar where the example starts
 */
public record LabelledExample(long number, Example example, int label, String shard, long offset) {
  /** The error that says why this example cannot be used, and where it lies. */
  public BadExampleException bad(String reason) {
    return new BadExampleException(
        Checks.format(
            "Bad example %s in shard %s at byte %d: %s", example.key(), shard, offset, reason));
  }
}
