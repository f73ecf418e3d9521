package tributary.worker.train;

import java.io.IOException;
import java.util.Arrays;
import tributary.datasets.Checks;
import tributary.datasets.minibatch.MinibatchReader;
import tributary.datasets.minibatch.TextPreprocessing;
import tributary.datasets.shard.Dataset;
import tributary.datasets.text.LengthBuckets;
import tributary.datasets.text.Vocabulary;

/** Documents or sentences, in an order in which those of a minibatch are of similar length. */
final class TextInput extends ExampleInput {
  private final TextPreprocessing preprocessing;

  /** The order that was asked for last: each round of an epoch asks for the same. */
  private Order latest;

  TextInput(Dataset dataset, InputSettings settings, InputSettings.Tokens tokens) {
    super(dataset, settings);
    this.preprocessing =
        new TextPreprocessing(
            tokens.task(), new Vocabulary(tokens.vocabulary()), tokens.classes(), tokens.length());
  }

  /** An epoch's order, and what it follows from. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Order(RoundSettings settings, int epoch, int[] numbers) {
    boolean isOf(RoundPlan plan) {
      return settings.equals(plan.settings()) && epoch == plan.position().epoch();
    }
  }

  @Override
  public long[] numbers(RoundPlan plan, int replica) throws IOException {
    int[] order = order(plan);
    return plan.share(replica).stream().map(place -> order[Math.toIntExact(place)]).toArray();
  }

  private synchronized int[] order(RoundPlan plan) throws IOException {
    if (latest == null || !latest.isOf(plan)) {
      RoundSettings rounds = plan.settings();
      int epoch = plan.position().epoch();
      int[] lengths =
          Arrays.stream(dataset.tokenCounts(split()))
              .map(length -> Math.min(length, preprocessing.maxLength()))
              .toArray();
      Checks.argument(
          lengths.length == rounds.examplesPerEpoch(),
          "split %s holds %d examples, the plan expects %d",
          split(),
          lengths.length,
          rounds.examplesPerEpoch());
      latest =
          new Order(
              rounds,
              epoch,
              LengthBuckets.order(
                  rounds.seed(),
                  epoch,
                  lengths,
                  rounds.replicas(),
                  rounds.localSteps().in(epoch),
                  rounds.minibatchSize()));
    }
    return latest.numbers();
  }

  @Override
  public int views() {
    return 1;
  }

  @Override
  public int classes() {
    return preprocessing.classes().size();
  }

  @Override
  public MinibatchReader open(RoundPlan plan, long[] numbers, int[] minibatchSizes) {
    return open(numbers, minibatchSizes);
  }

  @Override
  public MinibatchReader open(long[] numbers, int[] minibatchSizes) {
    return MinibatchReader.ofTexts(
        dataset, split(), preprocessing, numbers, minibatchSizes, ahead(), settings.onBadExample());
  }
}
