package tributary.datasets.shard;

import java.util.Arrays;
import java.util.Optional;

/** What text is cut into. */
public enum TokenKind {
  /** Unicode code points. */
  CHARACTERS("characters"),
  /** Words, and each sign that is no letter on its own. */
  WORDS("words"),
  /** Words that are frequent, and of the others how they are written and how they end. */
  FORMS("forms"),
  /** Parts of words that are frequent, learned by byte-pair encoding; any word can be spelled. */
  BYTE_PAIRS("bpe");

  private final String title;

  TokenKind(String title) {
    this.title = title;
  }

  /** How a manifest and the user write it. */
  public String title() {
    return title;
  }

  /** The kind of that title, if there is one. */
  public static Optional<TokenKind> of(String title) {
    return Arrays.stream(values()).filter(kind -> kind.title.equals(title)).findFirst();
  }

  @Override
  public String toString() {
    return title;
  }
}
