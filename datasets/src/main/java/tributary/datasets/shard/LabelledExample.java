package tributary.datasets.shard;

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
  /** The same example of a split as one that cannot be used, and why. */
  public BadExample bad(String split, String reason) {
    return new BadExample(split, number, shard, example.key(), offset, reason);
  }
}
