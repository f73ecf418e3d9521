package tributary.datasets.shard;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.Serializable;
import java.util.Collections;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import tributary.datasets.Checks;

/**
 * What is known of the text of a dataset.
 *
 * @param vocabulary of its documents or words; of pairs, that of what comes first
 * @param target of what the first texts of pairs become; null for other tasks
 * @param lengths of each split; empty if they are not known
 */
public record Text(TokenTable vocabulary, TokenTable target, SortedMap<String, Lengths> lengths)
    implements Serializable {
  /** Refuses missing parts. */
  public Text {
    Objects.requireNonNull(vocabulary, "vocabulary");
    lengths = Collections.unmodifiableSortedMap(new TreeMap<>(lengths));
  }

  /**
   * How long the texts of a split are.
   *
   * @param tokens of all of them
   * @param sha256 of the {@link TokenCountsFile} that tells how many each has
   */
  public record Lengths(long tokens, String sha256) implements Serializable {
    /** Checks the range. */
    public Lengths {
      Checks.argument(tokens >= 0, "tokens must be >= 0, got %d", tokens);
      Objects.requireNonNull(sha256, "sha256");
    }
  }

  /** Of texts whose lengths are not known. */
  public Text(TokenTable vocabulary, TokenTable target) {
    this(vocabulary, target, new TreeMap<>());
  }

  /** The same with lengths. */
  public Text with(Map<String, Lengths> known) {
    return new Text(vocabulary, target, new TreeMap<>(known));
  }

  /** As fields of a JSON object. */
  public void write(ObjectNode into) {
    TextJson.write(this, into);
  }

  /**
   * Reads it back.
   *
   * @throws IllegalArgumentException if a field is missing or wrong
   */
  public static Text read(JsonNode json) {
    return TextJson.read(json);
  }
}
