package tributary.worker.train;

import java.io.IOException;
import java.util.Arrays;
import tributary.datasets.Checks;
import tributary.datasets.minibatch.DocumentTokens;
import tributary.datasets.minibatch.MinibatchReader;
import tributary.datasets.minibatch.ReadAhead;
import tributary.datasets.minibatch.StreamLayout;
import tributary.datasets.shard.Dataset;
import tributary.datasets.text.ContiguousStreams;
import tributary.datasets.text.ExampleTokens;
import tributary.datasets.text.Vocabulary;

/**
 * Documents as one long text that is read window by window. What counts as an example is a window.
 *
 * @param text of the split
 * @param vocabulary size
 * @param steps of a window
 * @param ahead how far is read ahead
 */
record StreamInput(DocumentTokens text, int vocabulary, int steps, ReadAhead ahead)
    implements TrainingInput {
  static StreamInput of(Dataset dataset, InputSettings settings, InputSettings.Tokens tokens)
      throws IOException {
    Vocabulary vocabulary = new Vocabulary(tokens.vocabulary());
    return new StreamInput(
        new DocumentTokens(
            dataset, settings.source().split(), new ExampleTokens(tokens.task(), vocabulary)),
        vocabulary.size(),
        tokens.length(),
        new ReadAhead(settings.reading().prefetch(), /* decodeThreads= */ 1));
  }

  @Override
  public long[] numbers(RoundPlan plan, int replica) {
    StreamLayout layout = layout(plan);
    Checks.argument(
        layout.places() == plan.settings().examplesPerEpoch(),
        "the text makes %d windows, the plan expects %d",
        layout.places(),
        plan.settings().examplesPerEpoch());
    return plan.share(replica).stream().map(layout::number).toArray();
  }

  @Override
  public Ledger ledger(RoundPlan plan, long[] numbers) {
    return Ledger.of(numbers, new int[] {Math.toIntExact(plan.settings().examplesPerEpoch())});
  }

  @Override
  public String describe(long[] numbers) {
    return "windows " + Arrays.toString(numbers) + " of the text";
  }

  @Override
  public int views() {
    return 1;
  }

  @Override
  public int classes() {
    return vocabulary;
  }

  @Override
  public MinibatchReader open(RoundPlan plan, long[] numbers, int[] minibatchSizes) {
    return open(layout(plan).streams(), numbers, minibatchSizes);
  }

  @Override
  public MinibatchReader open(Places places, int minibatchSize) {
    StreamLayout layout = StreamLayout.ofEvaluation(text.size(), steps, minibatchSize);
    int[] sizes = new int[Math.toIntExact(places.size() / layout.group())];
    Arrays.fill(sizes, layout.group());
    return open(layout.streams(), places.stream().map(layout::number).toArray(), sizes);
  }

  @Override
  public MinibatchReader open(long[] numbers, int[] minibatchSizes) {
    throw new UnsupportedOperationException("a window means nothing without the stream it is of");
  }

  private MinibatchReader open(ContiguousStreams streams, long[] numbers, int[] sizes) {
    return MinibatchReader.ofStream(text, streams, vocabulary, numbers, sizes, ahead);
  }

  private StreamLayout layout(RoundPlan plan) {
    RoundSettings rounds = plan.settings();
    return StreamLayout.ofTraining(
        text.size(),
        steps,
        rounds.replicas(),
        rounds.localSteps().in(plan.position().epoch()),
        rounds.minibatchSize());
  }
}
