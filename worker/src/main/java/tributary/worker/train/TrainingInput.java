package tributary.worker.train;

import java.util.Objects;
import tributary.datasets.Checks;
import tributary.datasets.DataException;
import tributary.datasets.minibatch.MinibatchReader;
import tributary.datasets.minibatch.Normalization;
import tributary.datasets.minibatch.SampleOrder;
import tributary.datasets.shard.Dataset;

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
            dataset.manifest().examplesPerShard(settings.split()),
            settings.blockExamples(),
            settings.windowBlocks());
    Checks.argument(
        order.size() == plan.settings().examplesPerEpoch(),
        "split %s holds %d examples, the plan expects %d",
        settings.split(),
        order.size(),
        plan.settings().examplesPerEpoch());
    Slice slice = plan.slice(replica);
    return order.slice(slice.from(), slice.size());
  }

  /** The ledger of examples of the split. */
  Ledger ledger(long[] numbers) throws DataException {
    return Ledger.of(numbers, dataset.manifest().examplesPerShard(settings.split()));
  }

  /** Opens the minibatches of {@code numbers}; the caller closes the reader. */
  MinibatchReader open(long[] numbers, int[] minibatchSizes) {
    return new MinibatchReader(
        dataset,
        settings.split(),
        Normalization.of(settings.statistics()),
        numbers,
        minibatchSizes,
        settings.prefetch());
  }
}
