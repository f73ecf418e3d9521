package tributary.driver.run;

import java.util.List;
import tributary.datasets.Checks;
import tributary.datasets.DataException;
import tributary.datasets.minibatch.StreamLayout;
import tributary.datasets.shard.Manifest;
import tributary.datasets.shard.Task;
import tributary.datasets.shard.Text;
import tributary.datasets.text.Vocabulary;
import tributary.driver.conf.ConfigurationException;
import tributary.driver.conf.Key;
import tributary.driver.conf.Settings;
import tributary.driver.round.SparkEvaluator.Measured;

/** What an epoch, and an evaluation, are made of: examples, or the windows of a long text. */
public final class Splits {
  private Splits() {}

  /**
   * How many examples of each shard an epoch trains; of a language model, how many windows of the
   * text, which count as those of one shard.
   *
   * @throws DataException if there are none, or the text is too long
   */
  public static int[] trained(Settings settings, Manifest data) throws DataException {
    String split = settings.text(Key.TRAIN_SPLIT);
    if (data.task() != Task.LANGUAGE_MODEL) {
      return data.examplesPerShard(split);
    }
    StreamLayout layout =
        StreamLayout.ofTraining(
            tokens(data, split),
            settings.integer(Key.SEQUENCE_LENGTH),
            settings.integer(Key.REPLICAS),
            /* localSteps= */ 1,
            settings.integer(Key.MINIBATCH_SIZE));
    if (layout.places() > Integer.MAX_VALUE) {
      throw new DataException(
          Checks.format(
              "Split %s makes %d windows of %d tokens: expected at most %d; set %s higher",
              split,
              layout.places(),
              settings.integer(Key.SEQUENCE_LENGTH),
              Integer.MAX_VALUE,
              Key.SEQUENCE_LENGTH.path()));
    }
    return new int[] {(int) layout.places()};
  }

  /** What is measured of the evaluation split. */
  static Measured measured(Settings settings, Manifest data) throws DataException {
    String split = settings.text(Key.EVALUATION_SPLIT);
    int minibatchSize = settings.integer(Key.EVALUATION_MINIBATCH_SIZE);
    if (data.task() != Task.LANGUAGE_MODEL) {
      return Measured.examples(data.examples(split), minibatchSize);
    }
    StreamLayout layout =
        StreamLayout.ofEvaluation(
            tokens(data, split), settings.integer(Key.SEQUENCE_LENGTH), minibatchSize);
    return new Measured(layout.places(), Math.multiplyExact(layout.group(), layout.run()));
  }

  /** How many classes a model for such a dataset tells apart: of a language model, tokens. */
  static int classes(Manifest manifest) {
    return manifest.task() == Task.LANGUAGE_MODEL
        ? new Vocabulary(manifest.text().vocabulary()).size()
        : manifest.classes().size();
  }

  /**
   * Passes if the settings fit the task of a dataset.
   *
   * @throws ConfigurationException if they ask for what only other tasks have
   */
  static void requireFits(Settings settings, Manifest manifest) {
    if (manifest.task() == Task.LANGUAGE_MODEL && settings.number(Key.ROUND_DEADLINE_SECONDS) > 0) {
      throw new ConfigurationException(
          List.of(
              Key.ROUND_DEADLINE_SECONDS.path()
                  + ": a replica of a language model reads its lanes of the text step by step, and"
                  + " cannot leave windows over; set it to 0"));
    }
  }

  /** Those of the documents, each followed by its end. */
  private static long tokens(Manifest data, String split) throws DataException {
    Text.Lengths lengths = data.text() == null ? null : data.text().lengths().get(split);
    long tokens = lengths == null ? 0 : lengths.tokens() + data.examples(split);
    if (tokens < 2) {
      throw new DataException(
          Checks.format(
              "Split %s holds %d tokens: expected at least 2, one and the one after it; known are"
                  + " the lengths of %s",
              split, tokens, data.text() == null ? "none" : data.text().lengths().keySet()));
    }
    return tokens;
  }
}
