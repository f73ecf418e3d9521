package tributary.datasets.shard;

import java.util.Objects;

/**
 * What is known of the text of a dataset.
 *
 * @param vocabulary of its documents or words; of pairs, that of what comes first
 * @param target of what the first texts of pairs become; null for other tasks
 */
public record Text(TokenTable vocabulary, TokenTable target) {
  /** Refuses missing parts. */
  public Text {
    Objects.requireNonNull(vocabulary, "vocabulary");
  }
}
