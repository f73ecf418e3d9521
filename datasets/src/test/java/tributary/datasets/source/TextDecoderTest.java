package tributary.datasets.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tributary.datasets.Seeds;

class TextDecoderTest {
  private static final TextDecoder UTF_8 = new TextDecoder("UTF-8");

  @ParameterizedTest
  @CsvSource({
    "63616683, 103, 0x83", // a byte that starts nothing
    "c3, 100, 0xc3", // cut in the middle
    "61c0af, 101, 0xc0", // longer than need be
    "6162eda080, 102, 0xed", // half of a surrogate pair
    "f4908080, 100, 0xf4", // beyond the last code point
    "e9, 100, 0xe9", // Latin-1
  })
  void aByteThatIsNotUtf8IsNamedByItsPlace(String hex, long offset, String found) {
    assertThatThrownBy(() -> UTF_8.decode(bytes(hex), 100))
        .isInstanceOf(BadRecordException.class)
        .hasMessage(
            "byte "
                + offset
                + " is "
                + found
                + ", which is not UTF-8 here; name the encoding with --charset");
  }

  @Test
  void nulIsNamedByItsPlace() {
    byte[] bytes = "äb\0c".getBytes(StandardCharsets.UTF_8);
    assertThatThrownBy(() -> UTF_8.decode(bytes, 10))
        .hasMessage("byte 13 is NUL, which no text has");
  }

  @Test
  void otherEncodingsAreReadByName() throws BadRecordException {
    assertThat(new TextDecoder("ISO-8859-1").decode(bytes("67e46c6c"), 0)).isEqualTo("gäll");
    assertThat(new TextDecoder("windows-1252").decode(bytes("80"), 0)).isEqualTo("€");
    assertThat(new TextDecoder("GB18030").decode(bytes("d6d0"), 0)).isEqualTo("中");
  }

  @Test
  void aWordHasOneSpelling() throws BadRecordException {
    assertThat(UTF_8.decode("cafe\u0301 \u1112\u1161\u11ab".getBytes(StandardCharsets.UTF_8), 0))
        .isEqualTo("caf\u00e9 \ud55c");
  }

  @ParameterizedTest
  @ValueSource(strings = {"UTF-16", "UTF-32", "IBM037", "klingon", "", "../x"})
  void encodingsThatHaveNoLinesAreRefused(String name) {
    assertThat(TextOptions.isCharset(name)).isFalse();
  }

  /** As strict as Java's own reporting decoder, which knows no offsets of ours. */
  @Test
  void whatIsRefusedIsWhatJavaRefuses() {
    SplittableRandom random = Seeds.random(41);
    int refused = 0;
    for (int i = 0; i < 20_000; i++) {
      byte[] bytes = new byte[random.nextInt(1, 6)];
      for (int b = 0; b < bytes.length; b++) {
        bytes[b] = (byte) random.nextInt(1, 256);
      }
      boolean strict = isUtf8(bytes);
      refused += strict ? 0 : 1;
      assertThat(decodes(bytes)).as("bytes %s", bytes).isEqualTo(strict);
    }
    assertThat(refused).isBetween(5_000, 19_000);
  }

  private static boolean decodes(byte[] bytes) {
    try {
      UTF_8.decode(bytes, 0);
      return true;
    } catch (BadRecordException e) {
      return false;
    }
  }

  private static boolean isUtf8(byte[] bytes) {
    try {
      StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes));
      return true;
    } catch (CharacterCodingException e) {
      return false;
    }
  }

  private static byte[] bytes(String hex) {
    return java.util.HexFormat.of().parseHex(hex);
  }
}
