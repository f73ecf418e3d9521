package tributary.worker.train;

import java.util.Arrays;
import tributary.datasets.minibatch.ArrayExamples;
import tributary.datasets.minibatch.ArrayFiles;
import tributary.datasets.minibatch.MinibatchReader;
import tributary.datasets.minibatch.ReadAhead;
import tributary.datasets.minibatch.SampleOrder;

/**
 * Examples that are arrays already, each used once an epoch.
 *
 * @param files that hold them
 */
record ArrayInput(ArrayFiles files) implements TrainingInput {
  /** Blocks and windows as in conf/tributary.yaml would do. */
  private static final int BLOCK_EXAMPLES = 32;

  private static final int WINDOW_BLOCKS = 256;
  private static final int SHARD_EXAMPLES = 1 << 30;

  private static final ReadAhead AHEAD = new ReadAhead(/* prefetch= */ 4, /* decodeThreads= */ 1);

  @Override
  public long[] numbers(RoundPlan plan, int replica) {
    SampleOrder order =
        new SampleOrder(
            plan.settings().seed(),
            plan.position().epoch(),
            shards(),
            BLOCK_EXAMPLES,
            WINDOW_BLOCKS);
    return plan.share(replica).ranges().stream()
        .flatMapToLong(
            range -> Arrays.stream(order.slice(range.from(), Math.toIntExact(range.size()))))
        .toArray();
  }

  @Override
  public Ledger ledger(RoundPlan plan, long[] numbers) {
    return Ledger.of(numbers, shards());
  }

  @Override
  public String describe(long[] numbers) {
    return "examples " + Arrays.toString(numbers) + " of " + examples().folder();
  }

  @Override
  public int views() {
    return 1;
  }

  @Override
  public int classes() {
    return examples().outputs();
  }

  @Override
  public MinibatchReader open(RoundPlan plan, long[] numbers, int[] minibatchSizes) {
    return open(numbers, minibatchSizes);
  }

  @Override
  public MinibatchReader open(long[] numbers, int[] minibatchSizes) {
    return MinibatchReader.ofArrays(files, numbers, minibatchSizes, AHEAD);
  }

  @Override
  public MinibatchReader open(Places places, int minibatchSize) {
    return open(places.stream().toArray(), places.minibatchSizes(minibatchSize));
  }

  /** As if they lay one after the other: examples are the same in whatever files they are. */
  private int[] shards() {
    long size = examples().size();
    int[] sizes = new int[Math.toIntExact((size + SHARD_EXAMPLES - 1) / SHARD_EXAMPLES)];
    Arrays.fill(sizes, SHARD_EXAMPLES);
    if (sizes.length > 0) {
      sizes[sizes.length - 1] = (int) (size - (sizes.length - 1L) * SHARD_EXAMPLES);
    }
    return sizes;
  }

  private ArrayExamples examples() {
    return files.examples();
  }
}
