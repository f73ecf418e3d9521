package tributary.datasets.text;

import java.util.SplittableRandom;
import tributary.datasets.Seeds;

/** Random text of few letters, so that they repeat; in normalization form C. */
final class Texts {
  private static final int[] LETTERS =
      "aaaabbbcc eeé  .,'\n\t中文\ud83d\ude00\u2581ß".codePoints().toArray();

  private Texts() {}

  static String random(int seed) {
    SplittableRandom random = Seeds.random(seed, 77);
    StringBuilder text = new StringBuilder();
    int letters = random.nextInt(80);
    for (int i = 0; i < letters; i++) {
      text.appendCodePoint(LETTERS[random.nextInt(LETTERS.length)]);
    }
    return text.toString();
  }
}
