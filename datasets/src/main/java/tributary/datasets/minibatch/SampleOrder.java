package tributary.datasets.minibatch;

import java.util.Arrays;
import java.util.SplittableRandom;
import tributary.datasets.Checks;
import tributary.datasets.Seeds;

/**
 * The order in which one epoch uses the examples of a split: a permutation of {@code 0..size()-1},
 * and a function of the constructor's arguments alone.
 *
 * <p>Shards are cut into blocks of consecutive examples, so that a window's examples lie close
 * together in few shards; no block spans two shards. The blocks are permuted, then the examples
 * inside each window of consecutive permuted blocks are. This is the shuffle buffer of input
 * pipelines, made random-access: one window depends on no other, so a slice costs only the windows
 * it touches.
 *
 * <p>Not changed after construction: safe for several threads.
 */
public final class SampleOrder {
  /** The most examples that a window may hold. */
  public static final long MAX_WINDOW_EXAMPLES = 1 << 28;

  private static final long BLOCKS_STREAM = 0;
  private static final long WINDOWS_STREAM = 1;

  private final long seed;
  private final int epoch;
  private final int windowBlocks;

  /** First example and length of each block, in permuted order. */
  private final long[] blockFirst;

  private final int[] blockLength;

  /** Position in the epoch at which each window starts, then the size of the epoch. */
  private final long[] windowStart;

  /**
   * Permutes the blocks of an epoch.
   *
   * @param seed run seed
   * @param epoch from 0
   * @param examplesPerShard in manifest order, each at least 0
   * @param blockExamples examples of a block, at least 1; the last block of a shard may be shorter
   * @param windowBlocks blocks shuffled together, at least 1; the last window may hold fewer
   */
  public SampleOrder(
      long seed, int epoch, int[] examplesPerShard, int blockExamples, int windowBlocks) {
    Checks.argument(epoch >= 0, "epoch must be >= 0, got %d", epoch);
    Checks.argument(blockExamples >= 1, "block examples must be >= 1, got %d", blockExamples);
    Checks.argument(windowBlocks >= 1, "window blocks must be >= 1, got %d", windowBlocks);
    Checks.argument(
        (long) blockExamples * windowBlocks <= MAX_WINDOW_EXAMPLES,
        "a window of %d blocks of %d examples is larger than 2^28 examples",
        windowBlocks,
        blockExamples);
    this.seed = seed;
    this.epoch = epoch;
    this.windowBlocks = windowBlocks;
    int blocks = countBlocks(examplesPerShard, blockExamples);
    this.blockFirst = new long[blocks];
    this.blockLength = new int[blocks];
    cutBlocks(examplesPerShard, blockExamples);
    permuteBlocks();
    this.windowStart = windowStarts();
  }

  /** Examples of the epoch. */
  public long size() {
    return windowStart[windowStart.length - 1];
  }

  /**
   * A part of the order.
   *
   * @param from first position, {@code 0..size()}
   * @param count of positions; {@code from + count} is at most {@link #size}
   * @return example numbers, global in the split, in manifest order
   */
  public long[] slice(long from, int count) {
    Checks.argument(
        from >= 0 && count >= 0 && from <= size() - count,
        "slice of %d from %d is not inside 0..%d",
        count,
        from,
        size());
    long[] slice = new long[count];
    int filled = 0;
    for (int window = windowAt(from); filled < count; window++) {
      long[] examples = window(window);
      int skip = (int) (from + filled - windowStart[window]);
      int taken = Math.min(examples.length - skip, count - filled);
      System.arraycopy(examples, skip, slice, filled, taken);
      filled += taken;
    }
    return slice;
  }

  private static int countBlocks(int[] examplesPerShard, int blockExamples) {
    long blocks = 0;
    for (int examples : examplesPerShard) {
      Checks.argument(examples >= 0, "examples of a shard must be >= 0, got %d", examples);
      blocks += Math.floorDiv(examples + blockExamples - 1L, blockExamples);
    }
    return Math.toIntExact(blocks);
  }

  private void cutBlocks(int[] examplesPerShard, int blockExamples) {
    long first = 0;
    int block = 0;
    for (int examples : examplesPerShard) {
      for (int used = 0; used < examples; used += blockLength[block++]) {
        blockFirst[block] = first + used;
        blockLength[block] = Math.min(blockExamples, examples - used);
      }
      first += examples;
    }
  }

  private void permuteBlocks() {
    SplittableRandom random = Seeds.random(seed, epoch, BLOCKS_STREAM);
    for (int i = blockFirst.length - 1; i > 0; i--) {
      int j = random.nextInt(i + 1);
      long first = blockFirst[i];
      blockFirst[i] = blockFirst[j];
      blockFirst[j] = first;
      int length = blockLength[i];
      blockLength[i] = blockLength[j];
      blockLength[j] = length;
    }
  }

  private long[] windowStarts() {
    int windows = (blockFirst.length + windowBlocks - 1) / windowBlocks;
    long[] starts = new long[windows + 1];
    for (int block = 0; block < blockLength.length; block++) {
      starts[block / windowBlocks + 1] += blockLength[block];
    }
    for (int window = 0; window < windows; window++) {
      starts[window + 1] += starts[window];
    }
    return starts;
  }

  /** The window that holds a position: no window is empty. */
  private int windowAt(long position) {
    int found = Arrays.binarySearch(windowStart, position);
    return found >= 0 ? found : -found - 2;
  }

  /** The examples of one window, shuffled by its own generator. */
  private long[] window(int window) {
    long[] examples = new long[(int) (windowStart[window + 1] - windowStart[window])];
    int filled = 0;
    int end = Math.min((window + 1) * windowBlocks, blockFirst.length);
    for (int block = window * windowBlocks; block < end; block++) {
      for (int i = 0; i < blockLength[block]; i++) {
        examples[filled++] = blockFirst[block] + i;
      }
    }
    SplittableRandom random = Seeds.random(seed, epoch, WINDOWS_STREAM, window);
    for (int i = examples.length - 1; i > 0; i--) {
      int j = random.nextInt(i + 1);
      long swapped = examples[i];
      examples[i] = examples[j];
      examples[j] = swapped;
    }
    return examples;
  }
}
