package tributary.datasets.text;

import java.util.ArrayList;
import java.util.List;

/**
 * Cuts text into words by a rule that is written here, and not by {@link java.text.BreakIterator}:
 * that one follows the locale data of the Java in use, so that two machines, or one machine after
 * an update, could cut a text differently.
 *
 * <p>A word is a run of letters, digits and combining marks, with single apostrophes between them;
 * each other sign is a word of its own, and so is each ideograph and kana, as they are written
 * without blanks. A run ends after {@value #MAX_LETTERS} letters, so that no line of garbage
 * becomes one word.
 */
final class Words {
  static final int MAX_LETTERS = 100;

  private static final int FIRST_EAST_ASIAN = 0x2e80;

  private Words() {}

  /** The words of a text, without what is between them. */
  static List<String> words(String text) {
    List<String> words = new ArrayList<>();
    for (String piece : pieces(text)) {
      String word = piece.strip();
      if (!word.isEmpty()) {
        words.add(word);
      }
    }
    return words;
  }

  /**
   * The pieces of a text, which give the text again when they are put together: words, each with
   * the one blank before it if there is one, and every other blank, tab and line feed on its own.
   */
  static List<String> pieces(String text) {
    List<String> pieces = new ArrayList<>();
    int at = 0;
    while (at < text.length()) {
      int start = at;
      if (text.charAt(at) == ' '
          && at + 1 < text.length()
          && !Character.isWhitespace(text.codePointAt(at + 1))) {
        at++;
      }
      at = end(text, at);
      pieces.add(text.substring(start, at));
    }
    return pieces;
  }

  /** Where the word ends that starts at {@code at}. */
  private static int end(String text, int at) {
    int letter = text.codePointAt(at);
    int end = at + Character.charCount(letter);
    if (!isLetter(letter)) {
      return end;
    }
    for (int letters = 1; letters < MAX_LETTERS && end < text.length(); letters++) {
      int next = text.codePointAt(end);
      int after = end + Character.charCount(next);
      boolean joins =
          isApostrophe(next) && after < text.length() && isLetter(text.codePointAt(after));
      if (!isLetter(next) && !joins) {
        break;
      }
      end = after;
    }
    return end;
  }

  private static boolean isApostrophe(int sign) {
    return sign == '\'' || sign == '\u2019';
  }

  private static boolean isLetter(int sign) {
    if (sign >= FIRST_EAST_ASIAN && standsAlone(sign)) {
      return false;
    }
    return Character.isLetterOrDigit(sign)
        || switch (Character.getType(sign)) {
          case Character.NON_SPACING_MARK,
              Character.COMBINING_SPACING_MARK,
              Character.ENCLOSING_MARK ->
              true;
          default -> false;
        };
  }

  private static boolean standsAlone(int sign) {
    if (Character.isIdeographic(sign)) {
      return true;
    }
    Character.UnicodeScript script = Character.UnicodeScript.of(sign);
    return script == Character.UnicodeScript.HIRAGANA || script == Character.UnicodeScript.KATAKANA;
  }
}
