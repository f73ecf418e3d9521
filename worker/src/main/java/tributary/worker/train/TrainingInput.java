package tributary.worker.train;

import java.util.Arrays;
import java.util.Objects;
import java.util.Optional;
import java.util.StringJoiner;
import tributary.datasets.Checks;
import tributary.datasets.DataException;
import tributary.datasets.minibatch.MinibatchReader;
import tributary.datasets.minibatch.Normalization;
import tributary.datasets.minibatch.Preprocessing;
import tributary.datasets.minibatch.ReadAhead;
import tributary.datasets.minibatch.SampleOrder;
import tributary.datasets.shard.Dataset;
import tributary.datasets.shard.ShardInfo;

/**
 * The examples of a split in the order of an epoch. Executor only; safe for several threads.
 *
 * @param dataset an open dataset
 * @param settings which split, and how its order is drawn
 */
public record TrainingInput(Dataset dataset, InputSettings settings) {
  /** Refuses missing parts. */
  public TrainingInput {
    Objects.requireNonNull(dataset, "dataset");
    Objects.requireNonNull(settings, "settings");
  }

  /** The numbers of the examples that a replica trains on in a round, in its order. */
  long[] numbers(RoundPlan plan, int replica) throws DataException {
    var order =
        new SampleOrder(
            plan.settings().seed(),
            plan.position().epoch(),
            dataset.manifest().examplesPerShard(settings.source().split()),
            settings.order().blockExamples(),
            settings.order().windowBlocks());
    Checks.argument(
        order.size() == plan.settings().examplesPerEpoch(),
        "split %s holds %d examples, the plan expects %d",
        settings.source().split(),
        order.size(),
        plan.settings().examplesPerEpoch());
    return plan.share(replica).ranges().stream()
        .flatMapToLong(
            range -> Arrays.stream(order.slice(range.from(), Math.toIntExact(range.size()))))
        .toArray();
  }

  /** The ledger of examples of the split. */
  Ledger ledger(long[] numbers) throws DataException {
    return Ledger.of(numbers, dataset.manifest().examplesPerShard(settings.source().split()));
  }

  /**
   * Where some examples lie, with the keys that are known without reading: "shard train-00001
   * examples 170 (cat/17), 183 (cat/4); shard ...".
   */
  String describe(long[] numbers) throws DataException {
    long[] sorted = numbers.clone();
    Arrays.sort(sorted);
    StringJoiner text = new StringJoiner("; ");
    long end = 0;
    int next = 0;
    for (ShardInfo shard : dataset.manifest().shards(settings.source().split())) {
      end += shard.examples();
      StringJoiner examples = new StringJoiner(", ", "shard " + shard.name() + " examples ", "");
      int from = next;
      for (; next < sorted.length && sorted[next] < end; next++) {
        Optional<String> key = dataset.keyIfOpen(settings.source().split(), sorted[next]);
        examples.add(sorted[next] + key.map(name -> " (" + name + ")").orElse(""));
      }
      if (next > from) {
        text.add(examples.toString());
      }
    }
    return text.toString();
  }

  /** How many rows of a minibatch each example makes: looks at its image. */
  public int views() {
    return settings.pixels().pipeline().views();
  }

  /**
   * Opens the minibatches of {@code numbers} as the plan's epoch sees them; the caller closes the
   * reader.
   */
  MinibatchReader open(RoundPlan plan, long[] numbers, int[] minibatchSizes) {
    return open(plan.settings().seed(), plan.position().epoch(), numbers, minibatchSizes);
  }

  /** Opens the minibatches of {@code numbers} where nothing is random; the caller closes them. */
  public MinibatchReader open(long[] numbers, int[] minibatchSizes) {
    return open(0, 0, numbers, minibatchSizes);
  }

  private MinibatchReader open(long seed, int epoch, long[] numbers, int[] minibatchSizes) {
    InputSettings.Pixels pixels = settings.pixels();
    Normalization normalization = Normalization.of(pixels.statistics(), pixels.meanImage());
    return new MinibatchReader(
        dataset,
        settings.source().split(),
        new Preprocessing(pixels.pipeline(), normalization, seed, epoch),
        numbers,
        minibatchSizes,
        new ReadAhead(settings.reading().prefetch(), settings.reading().decodeThreads()),
        settings.onBadExample());
  }
}
