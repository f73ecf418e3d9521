package tributary.datasets;

import java.util.Locale;

/** Argument checks and messages that read the same in every locale. */
public final class Checks {
  private Checks() {}

  /**
   * Refuses a call whose arguments are wrong.
   *
   * @param ok what must hold
   * @param format message in {@link String#format} syntax
   * @param values the message's values
   * @throws IllegalArgumentException if {@code ok} is false
   */
  @SuppressWarnings("AnnotateFormatMethod") // the annotation would be one more run-time dependency
  public static void argument(boolean ok, String format, Object... values) {
    if (!ok) {
      throw new IllegalArgumentException(format(format, values));
    }
  }

  /** {@link String#format} in {@link Locale#ROOT}: same digits and separators everywhere. */
  @SuppressWarnings("AnnotateFormatMethod") // as above
  public static String format(String format, Object... values) {
    return String.format(Locale.ROOT, format, values);
  }
}
