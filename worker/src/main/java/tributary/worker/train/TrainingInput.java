package tributary.worker.train;

import java.io.IOException;
import tributary.datasets.minibatch.ArrayFiles;
import tributary.datasets.minibatch.MinibatchReader;
import tributary.datasets.shard.Dataset;
import tributary.datasets.shard.Task;

/**
 * What a split's epochs are made of, and in which order. Executor only; safe for several threads.
 */
public sealed interface TrainingInput permits ExampleInput, StreamInput, ArrayInput {
  /**
   * The input of a split.
   *
   * @param dataset an open dataset
   * @param settings which split, how its order is drawn, and what a network sees of it
   */
  static TrainingInput of(Dataset dataset, InputSettings settings) throws IOException {
    if (settings.features() instanceof InputSettings.Tokens tokens) {
      return tokens.task() == Task.LANGUAGE_MODEL
          ? StreamInput.of(dataset, settings, tokens)
          : new TextInput(dataset, settings, tokens);
    }
    return new ImageInput(dataset, settings, (InputSettings.Pixels) settings.features());
  }

  /** The input of examples that are arrays, in files that stay open as long as it is used. */
  static TrainingInput of(ArrayFiles files) {
    return new ArrayInput(files);
  }

  /** The numbers of the examples that a replica trains on in a round, in its order. */
  long[] numbers(RoundPlan plan, int replica) throws IOException;

  /** The ledger of some examples of an epoch. */
  Ledger ledger(RoundPlan plan, long[] numbers) throws IOException;

  /**
   * Where some examples lie, with the keys that are known without reading: "shard train-00001
   * examples 170 (cat/17), 183 (cat/4); shard ...".
   */
  String describe(long[] numbers) throws IOException;

  /** How many rows of a minibatch each example makes: looks at its image. */
  int views();

  /** How many classes there are: outputs of a model. */
  int classes();

  /**
   * Opens the minibatches of {@code numbers} as the plan's epoch sees them; the caller closes the
   * reader.
   */
  MinibatchReader open(RoundPlan plan, long[] numbers, int[] minibatchSizes) throws IOException;

  /**
   * Opens the minibatches of some examples where nothing is random; the caller closes the reader.
   *
   * @param numbers of examples in the split
   */
  MinibatchReader open(long[] numbers, int[] minibatchSizes) throws IOException;

  /**
   * Opens what is to be measured, where nothing is random; the caller closes it.
   *
   * @param places of all that is measured in the split
   * @param minibatchSize most rows of a minibatch, unless one example has more
   */
  MinibatchReader open(Places places, int minibatchSize) throws IOException;
}
