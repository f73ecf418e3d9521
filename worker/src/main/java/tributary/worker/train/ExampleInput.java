package tributary.worker.train;

import java.io.IOException;
import java.util.Arrays;
import java.util.Optional;
import java.util.StringJoiner;
import tributary.datasets.DataException;
import tributary.datasets.minibatch.MinibatchReader;
import tributary.datasets.minibatch.ReadAhead;
import tributary.datasets.shard.Dataset;
import tributary.datasets.shard.ShardInfo;

/** An input whose epochs are made of the split's examples, each used once. */
abstract sealed class ExampleInput implements TrainingInput permits ImageInput, TextInput {
  final Dataset dataset;
  final InputSettings settings;

  ExampleInput(Dataset dataset, InputSettings settings) {
    this.dataset = dataset;
    this.settings = settings;
  }

  @Override
  public abstract MinibatchReader open(long[] numbers, int[] minibatchSizes);

  @Override
  public final MinibatchReader open(Places places, int minibatchSize) {
    return open(
        places.stream().toArray(), places.minibatchSizes(Math.max(1, minibatchSize / views())));
  }

  @Override
  public final Ledger ledger(RoundPlan plan, long[] numbers) throws DataException {
    return Ledger.of(numbers, examplesPerShard());
  }

  @Override
  public final String describe(long[] numbers) throws IOException {
    long[] sorted = numbers.clone();
    Arrays.sort(sorted);
    StringJoiner text = new StringJoiner("; ");
    long end = 0;
    int next = 0;
    for (ShardInfo shard : dataset.manifest().shards(split())) {
      end += shard.examples();
      StringJoiner examples = new StringJoiner(", ", "shard " + shard.name() + " examples ", "");
      int from = next;
      for (; next < sorted.length && sorted[next] < end; next++) {
        Optional<String> key = dataset.keyIfOpen(split(), sorted[next]);
        examples.add(sorted[next] + key.map(name -> " (" + name + ")").orElse(""));
      }
      if (next > from) {
        text.add(examples.toString());
      }
    }
    return text.toString();
  }

  final String split() {
    return settings.source().split();
  }

  final int[] examplesPerShard() throws DataException {
    return dataset.manifest().examplesPerShard(split());
  }

  final ReadAhead ahead() {
    return new ReadAhead(settings.reading().prefetch(), settings.reading().decodeThreads());
  }
}
