package tributary.datasets.minibatch;

import java.util.List;
import java.util.Objects;
import tributary.datasets.Checks;
import tributary.datasets.shard.Task;
import tributary.datasets.text.Vocabulary;

/**
 * What becomes of texts.
 *
 * @param task that they are for
 * @param vocabulary that a model knows
 * @param classes of documents, or of the words of tagged sentences, in the order of the model's
 *     outputs
 * @param maxLength tokens that a sequence may have, at least 1
 */
public record TextPreprocessing(
    Task task, Vocabulary vocabulary, List<String> classes, int maxLength) {
  /** Refuses values that do not fit the description above. */
  public TextPreprocessing {
    Objects.requireNonNull(vocabulary, "vocabulary");
    classes = List.copyOf(classes);
    Checks.argument(
        task == Task.TEXT_CLASSIFICATION || task == Task.TAGGING, "no sequences of %s", task);
    Checks.argument(maxLength >= 1, "the longest sequence must be >= 1, got %d", maxLength);
  }
}
