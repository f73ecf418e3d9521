package tributary.worker.train;

import java.util.Arrays;
import tributary.datasets.Checks;
import tributary.datasets.DataException;
import tributary.datasets.minibatch.MinibatchReader;
import tributary.datasets.minibatch.Normalization;
import tributary.datasets.minibatch.Preprocessing;
import tributary.datasets.minibatch.SampleOrder;
import tributary.datasets.shard.Dataset;

/** Images, in an order that reads neighbours in a shard close to each other. */
final class ImageInput extends ExampleInput {
  private final InputSettings.Pixels pixels;

  ImageInput(Dataset dataset, InputSettings settings, InputSettings.Pixels pixels) {
    super(dataset, settings);
    this.pixels = pixels;
  }

  @Override
  public long[] numbers(RoundPlan plan, int replica) throws DataException {
    var order =
        new SampleOrder(
            plan.settings().seed(),
            plan.position().epoch(),
            examplesPerShard(),
            settings.order().blockExamples(),
            settings.order().windowBlocks());
    Checks.argument(
        order.size() == plan.settings().examplesPerEpoch(),
        "split %s holds %d examples, the plan expects %d",
        split(),
        order.size(),
        plan.settings().examplesPerEpoch());
    return plan.share(replica).ranges().stream()
        .flatMapToLong(
            range -> Arrays.stream(order.slice(range.from(), Math.toIntExact(range.size()))))
        .toArray();
  }

  @Override
  public int views() {
    return pixels.pipeline().views();
  }

  @Override
  public int classes() {
    return dataset.manifest().classes().size();
  }

  @Override
  public MinibatchReader open(RoundPlan plan, long[] numbers, int[] minibatchSizes) {
    return open(plan.settings().seed(), plan.position().epoch(), numbers, minibatchSizes);
  }

  @Override
  public MinibatchReader open(long[] numbers, int[] minibatchSizes) {
    return open(0, 0, numbers, minibatchSizes);
  }

  private MinibatchReader open(long seed, int epoch, long[] numbers, int[] minibatchSizes) {
    Normalization normalization = Normalization.of(pixels.statistics(), pixels.meanImage());
    return new MinibatchReader(
        dataset,
        split(),
        new Preprocessing(pixels.pipeline(), normalization, seed, epoch),
        numbers,
        minibatchSizes,
        ahead(),
        settings.onBadExample());
  }
}
