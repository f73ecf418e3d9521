package tributary.datasets.text;

import java.io.Serializable;
import tributary.datasets.shard.Task;
import tributary.datasets.shard.TokenKind;

/**
 * Which vocabularies a dataset of text is to have. Sent.
 *
 * @param vocabulary of its documents, words, or first texts of pairs; null for what suits the task
 * @param target of the second texts of pairs; null for what suits the task
 * @param lowerCase whether what suits the task is in lower case
 */
public record TextSettings(
    VocabularySettings vocabulary, VocabularySettings target, boolean lowerCase)
    implements Serializable {
  /** What suits the task. */
  public static final TextSettings DEFAULT = new TextSettings(null, null, false);

  private static final int SIZE = 20_000;

  /** The vocabulary: words for a task that names classes or tags, else characters. */
  public VocabularySettings vocabulary(Task task) {
    return vocabulary != null
        ? vocabulary
        : new VocabularySettings(
            task == Task.PAIRS || task == Task.LANGUAGE_MODEL
                ? TokenKind.CHARACTERS
                : TokenKind.WORDS,
            SIZE,
            lowerCase);
  }

  /** The vocabulary of the second texts of pairs: characters if nobody says otherwise. */
  public VocabularySettings targetVocabulary() {
    return target != null ? target : new VocabularySettings(TokenKind.CHARACTERS, SIZE, lowerCase);
  }

  /**
   * Whether this vocabulary can be that of the task: words with a tag each are not cut further, and
   * nothing is written in forms.
   */
  public boolean fits(Task task) {
    if (target != null && target.kind() == TokenKind.FORMS) {
      return false;
    }
    return switch (vocabulary(task).kind()) {
      case WORDS -> true;
      case CHARACTERS, BYTE_PAIRS -> task != Task.TAGGING;
      case FORMS -> task == Task.TAGGING || task == Task.TEXT_CLASSIFICATION;
    };
  }
}
