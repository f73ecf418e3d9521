package tributary.datasets;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Locale;
import org.junit.jupiter.api.Test;

class ChecksTest {
  @Test
  void messagesReadTheSameInEveryLocale() {
    Locale before = Locale.getDefault();
    try {
      Locale.setDefault(new Locale("ar", "EG"));
      assertThat(Checks.format("%,d and %.1f", 1234567, 0.5)).isEqualTo("1,234,567 and 0.5");
    } finally {
      Locale.setDefault(before);
    }
  }

  @Test
  void aBrokenRuleNamesItsValues() {
    Checks.argument(true, "never seen");
    assertThatThrownBy(() -> Checks.argument(false, "size must be >= 1, got %d", 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("size must be >= 1, got 0");
  }
}
