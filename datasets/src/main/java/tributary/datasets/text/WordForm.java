package tributary.datasets.text;

import java.util.List;
import java.util.stream.IntStream;

/**
 * How a word is written, which says much of one that was never seen: capitals, digits and hyphens,
 * and its last letters. Brants, "TnT - A Statistical Part-of-Speech Tagger", ANLP 2000, sections
 * 2.3 and 2.4; Huang et al., arXiv:1508.01991, section 4.2.1.
 */
final class WordForm {
  /** What forms begin with, and no word. */
  static final String MARK = " ";

  private static final int LONGEST_ENDING = 3;

  private WordForm() {}

  /**
   * The forms of a word, that with the longest ending first, such as {@code " Aa…ing", " Aa…ng", "
   * Aa…g", " Aa…"}.
   */
  static List<String> of(String word) {
    int[] letters = word.codePoints().toArray();
    String writing = MARK + capitals(letters) + (has(letters, '-') ? "-" : "") + "…";
    return IntStream.rangeClosed(0, Math.min(LONGEST_ENDING, letters.length))
        .mapToObj(n -> writing + ending(letters, Math.min(LONGEST_ENDING, letters.length) - n))
        .toList();
  }

  private static String capitals(int[] letters) {
    long upper = IntStream.of(letters).filter(Character::isUpperCase).count();
    long lower = IntStream.of(letters).filter(Character::isLowerCase).count();
    boolean isNumber = IntStream.of(letters).anyMatch(Character::isDigit);
    String written =
        upper == 0 ? (lower == 0 ? "" : "a") : (lower == 0 ? "A" : startsUpper(letters));
    return written + (isNumber ? "0" : "");
  }

  private static String startsUpper(int[] letters) {
    return Character.isUpperCase(letters[0]) ? "Aa" : "aA";
  }

  private static boolean has(int[] letters, int sign) {
    return IntStream.of(letters).anyMatch(letter -> letter == sign);
  }

  /** The last letters, in lower case; digits are all alike. */
  private static String ending(int[] letters, int count) {
    StringBuilder ending = new StringBuilder();
    for (int i = letters.length - count; i < letters.length; i++) {
      ending.appendCodePoint(
          Character.isDigit(letters[i]) ? '0' : Character.toLowerCase(letters[i]));
    }
    return ending.toString();
  }
}
