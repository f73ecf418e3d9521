package tributary.datasets.text;

import java.nio.charset.StandardCharsets;
import java.util.List;

/** What the files of an example of text are called in a shard: UTF-8, normalization form C. */
public final class TextFields {
  /** A document; of tagged sentences the tokens, one a line. */
  public static final String TEXT = "txt";

  /** The tag of each token, one a line. */
  public static final String TAGS = "tags";

  /** The first of a pair. */
  public static final String SOURCE = "src.txt";

  /** What it becomes. */
  public static final String TARGET = "tgt.txt";

  private TextFields() {}

  /** The text of a field. */
  public static String text(byte[] field) {
    return new String(field, StandardCharsets.UTF_8);
  }

  /** The lines of a field that holds one token, or one tag, a line; none of an empty field. */
  public static List<String> lines(byte[] field) {
    return field.length == 0 ? List.of() : List.of(text(field).split("\n", -1));
  }
}
