package tributary.driver.exchange;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tributary.datasets.Seeds;

class BFloat16Test {
  private static final int NUMBERS = 1 << 16;

  private final BFloat16 coder = new BFloat16();

  @Test
  void leavesNumbersThatHaveSixteenBitsAsTheyAre() {
    for (int bits = 0; bits < NUMBERS; bits++) {
      float number = Float.intBitsToFloat(bits << 16);
      float found = there(number);
      if (!Float.isNaN(number)) {
        assertThat(Float.floatToRawIntBits(found)).isEqualTo(bits << 16);
      } else if ((bits & 1 << 6) != 0) {
        assertThat(found).as("a quiet NaN").isNaN();
      }
    }
  }

  @Test
  void roundsEveryNumberToTheNearest() {
    SplittableRandom random = Seeds.random(11);
    for (int trial = 0; trial < 100_000; trial++) {
      float number = Float.intBitsToFloat(random.nextInt());
      if (Math.abs(number) > 1e-37f && Math.abs(number) < 3.3e38f) {
        int bits = Float.floatToRawIntBits(there(number));
        assertThat(bits & 0xffff).isZero();
        assertThat(distance(number, bits))
            .isLessThanOrEqualTo(distance(number, bits + NUMBERS))
            .isLessThanOrEqualTo(distance(number, bits - NUMBERS));
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "3f808000, 3f80", // half way: to the even one below
    "3f818000, 3f82", // and above
    "3f808001, 3f81",
    "7f7fffff, 7f80", // beyond the largest
    "ff7fffff, ff80",
    "7f800000, 7f80",
    "7fffffff, 7fff", // not a number
    "ffc00001, ffc0",
    "80000000, 8000",
    "00008001, 0001"
  })
  void hasTheCornersThatItsDefinitionHas(String number, String expected) {
    float value = Float.intBitsToFloat(Integer.parseUnsignedInt(number, 16));
    assertThat(Float.floatToRawIntBits(there(value)))
        .isEqualTo(Integer.parseInt(expected, 16) << 16);
  }

  @Test
  void readsBackAsManyNumbersAsWereWritten() {
    SplittableRandom random = Seeds.random(12);
    for (int length = 0; length <= BFloat16.CHUNK; length += 1 + random.nextInt(99)) {
      float[] values = new float[length + 3];
      for (int i = 0; i < values.length; i++) {
        values[i] = random.nextInt(-100, 100);
      }
      ByteBuffer bytes = ByteBuffer.allocate(BFloat16.bytes(length));
      coder.encode(values, 3, length, bytes);
      float[] found = {values[0], values[1], values[2]};
      found = java.util.Arrays.copyOf(found, length + 3);
      new BFloat16().decode(bytes, found, 3, length);
      assertThat(found).containsExactly(values);
    }
  }

  private float there(float number) {
    ByteBuffer bytes = ByteBuffer.allocate(BFloat16.bytes(1));
    coder.encode(new float[] {number}, 0, 1, bytes);
    float[] found = new float[1];
    coder.decode(bytes, found, 0, 1);
    return found[0];
  }

  private static double distance(float number, int bits) {
    return Math.abs(number - (double) Float.intBitsToFloat(bits));
  }
}
