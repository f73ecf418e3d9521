package tributary.datasets.text;

import java.text.Normalizer;
import java.util.Comparator;
import java.util.Locale;

/** Text by its code points: the order and the cases are the same on every machine. */
final class CodePoints {
  /** By code points: Java's own order of strings puts some signs beyond 16 bits before others. */
  static final Comparator<String> ORDER = CodePoints::compare;

  private CodePoints() {}

  /** In lower case, in normalization form C. */
  static String lowerCase(String text) {
    return Normalizer.normalize(text.toLowerCase(Locale.ROOT), Normalizer.Form.NFC);
  }

  private static int compare(String left, String right) {
    int at = 0;
    while (at < left.length() && at < right.length()) {
      int a = left.codePointAt(at);
      int b = right.codePointAt(at);
      if (a != b) {
        return Integer.compare(a, b);
      }
      at += Character.charCount(a);
    }
    return Integer.compare(left.length(), right.length());
  }
}
