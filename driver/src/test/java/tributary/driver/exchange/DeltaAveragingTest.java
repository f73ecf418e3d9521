package tributary.driver.exchange;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.SplittableRandom;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import tributary.datasets.Seeds;
import tributary.driver.exchange.Message.Raw;

class DeltaAveragingTest {
  private static final int LENGTH = 10_007;

  @Test
  void roundsTheWeightedMeanOfMovesAndKeepsWhatThatLeaves() {
    SliceMean slice = average(List.of(block(0, 3, 1, 2), block(1, 1, 2, 3)), 0, 0.001f);
    assertThat(moves(slice.mean(), 2)).containsExactly(1.25f, 2.25f);
    float[] left = moves(slice.left(), 2);
    assertThat(left[0]).isZero();
    assertThat(left[1]).isEqualTo(0.001f, Offset.offset(0.001f / 256));
  }

  @Test
  void losesNothingOverManyRoundsHoweverSmallWhatItRoundsOff() {
    float[] left = new float[LENGTH];
    double[] wanted = new double[LENGTH];
    double[] moved = new double[LENGTH];
    SplittableRandom random = Seeds.random(3);
    for (int round = 0; round < 200; round++) {
      float[] one = random(random);
      float[] other = random(random);
      SliceMean slice = average(List.of(block(0, 5, one), block(1, 9, other)), left);
      float[] mean = moves(slice.mean(), LENGTH);
      left = moves(slice.left(), LENGTH);
      float[] roundedOne = rounded(one);
      float[] roundedOther = rounded(other);
      for (int i = 0; i < LENGTH; i++) {
        wanted[i] += (5.0 * roundedOne[i] + 9.0 * roundedOther[i]) / 14;
        moved[i] += mean[i];
      }
    }
    for (int i = 0; i < LENGTH; i++) {
      assertThat(moved[i] + left[i]).isEqualTo(wanted[i], Offset.offset(1e-4));
      assertThat(moved[i]).isEqualTo(wanted[i], Offset.offset(1.0 / 256));
    }
  }

  @Test
  void averagesWhatMustBeExactAsFloats() {
    float third = 1 / 3f;
    ByteBuffer bytes =
        ByteBuffer.wrap(
            average(List.of(mixed(0, 1, 0.5f, third), mixed(1, 3, 0.5f, third)), 0).mean());
    float[] move = new float[1];
    float[] exact = new float[1];
    Encoding.BFLOAT16.get(bytes, move, 0, 1);
    Encoding.FLOAT32.decode(bytes, exact, 0, 1);
    assertThat(move).containsExactly(0.5f);
    assertThat(exact).containsExactly(third);
  }

  @Test
  void tellsMovesThatAreNotNumbers() {
    Raw block = block(0, 1, Float.NaN, Float.POSITIVE_INFINITY);
    float[] mean = moves(average(List.of(block), 0, 0).mean(), 2);
    assertThat(mean[0]).isNaN();
    assertThat(mean[1]).isInfinite();
  }

  private static SliceMean average(List<Raw> blocks, float... left) {
    byte[] before = Encoding.BFLOAT16.encode(left, 0, left.length);
    return DeltaAveraging.average(blocks, ByteBuffer.wrap(before), left.length);
  }

  private static float[] random(SplittableRandom random) {
    float[] values = new float[LENGTH];
    for (int i = 0; i < LENGTH; i++) {
      values[i] = (float) (random.nextDouble() - 0.5);
    }
    return values;
  }

  private static float[] rounded(float[] values) {
    float[] rounded = new float[values.length];
    ByteBuffer bytes = ByteBuffer.wrap(Encoding.BFLOAT16.encode(values, 0, values.length));
    Encoding.BFLOAT16.decode(bytes, rounded, 0, values.length);
    return rounded;
  }

  private static float[] moves(byte[] mean, int length) {
    float[] moves = new float[length];
    Encoding.BFLOAT16.decode(ByteBuffer.wrap(mean), moves, 0, moves.length);
    return moves;
  }

  private static Raw block(int replica, long weight, float... moves) {
    return new Raw(replica, weight, Encoding.BFLOAT16.encode(moves, 0, moves.length));
  }

  private static Raw mixed(int replica, long weight, float move, float exact) {
    ByteBuffer bytes = ByteBuffer.allocate(BFloat16.bytes(1) + Float.BYTES);
    bytes.put(Encoding.BFLOAT16.encode(new float[] {move}, 0, 1));
    bytes.put(Encoding.FLOAT32.encode(new float[] {exact}, 0, 1));
    return new Raw(replica, weight, bytes.array());
  }
}
