package tributary.datasets.text;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import tributary.datasets.shard.BadExampleException;
import tributary.datasets.shard.Example;
import tributary.datasets.shard.Task;

/**
 * Reads the tokens of examples of text. Safe for several threads.
 *
 * @param task that the examples are for
 * @param vocabulary of their documents or words; of pairs, that of what comes first
 */
public record ExampleTokens(Task task, Vocabulary vocabulary) {
  /**
   * The numbers of an example's tokens.
   *
   * @throws BadExampleException if it has no text, or none in UTF-8
   */
  public int[] of(Example example) throws BadExampleException {
    return switch (task) {
      case TAGGING -> vocabulary.encode(lines(example, TextFields.TEXT));
      case PAIRS -> vocabulary.encode(text(example, TextFields.SOURCE));
      default -> vocabulary.encode(text(example, TextFields.TEXT));
    };
  }

  /**
   * The tag of each token of a tagged sentence.
   *
   * @throws BadExampleException if it has none, or not one for each token
   */
  public List<String> tags(Example example) throws BadExampleException {
    List<String> tags = lines(example, TextFields.TAGS);
    int words = lines(example, TextFields.TEXT).size();
    if (tags.size() != words) {
      throw new BadExampleException("has " + words + " words and " + tags.size() + " tags");
    }
    return tags;
  }

  private static List<String> lines(Example example, String field) throws BadExampleException {
    String text = text(example, field);
    return text.isEmpty() ? List.of() : List.of(text.split("\n", -1));
  }

  private static String text(Example example, String field) throws BadExampleException {
    byte[] bytes = example.fields().get(field);
    if (bytes == null) {
      throw new BadExampleException("has no file ." + field);
    }
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException e) {
      throw new BadExampleException("file ." + field + " is not UTF-8: " + e.getMessage());
    }
  }
}
