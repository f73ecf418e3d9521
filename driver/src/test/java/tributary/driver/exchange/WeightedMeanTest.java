package tributary.driver.exchange;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import tributary.datasets.Seeds;
import tributary.driver.exchange.Message.Raw;

class WeightedMeanTest {
  @Test
  void weighsEachReplicaByItsExamples() {
    assertThat(average(block(0, 30, 1f, 2f), block(1, 10, 5f, -2f))).containsExactly(2f, 1f);
  }

  @Test
  void averagesOneReplicaToItselfToTheBit() {
    SplittableRandom random = Seeds.random(4);
    float[] values = new float[1000];
    for (int i = 0; i < values.length; i++) {
      values[i] = Float.intBitsToFloat(random.nextInt());
      values[i] = Float.isFinite(values[i]) ? values[i] : 0.1f;
    }
    for (long examples : new long[] {1, 3, 12_801, 1_281_167}) {
      assertThat(average(block(0, examples, values))).containsExactly(values);
    }
  }

  @Test
  void averagesIdenticalReplicasToThemselves() {
    float[] values = {0.1f, -3.3f, 1e-20f};
    assertThat(average(block(0, 7, values), block(1, 13, values), block(2, 640, values)))
        .containsExactly(values);
  }

  @Test
  void givesTheSameBitsInWhateverOrderBlocksArrive() {
    SplittableRandom random = Seeds.random(5);
    List<Raw> blocks = new ArrayList<>();
    for (int replica = 0; replica < 9; replica++) {
      float[] values = new float[64];
      for (int i = 0; i < values.length; i++) {
        values[i] = (float) ((random.nextDouble() - 0.5) * Math.pow(10, random.nextInt(20) - 10));
      }
      blocks.add(block(replica, 1 + random.nextInt(999), values));
    }
    float[] expected = average(blocks);
    for (int trial = 0; trial < 20; trial++) {
      Collections.shuffle(blocks, new Random(trial));
      assertThat(average(blocks)).isEqualTo(expected);
    }
  }

  @Test
  void refusesSlicesOfDifferentLength() {
    assertThatThrownBy(() -> average(block(0, 1, 1f, 2f), block(1, 1, 1f)))
        .hasMessage("replica 1 sent 4 bytes of a slice, others 8");
  }

  @Test
  void refusesToAverageNothing() {
    assertThatThrownBy(() -> average()).hasMessage("a mean needs at least one weight");
  }

  private static float[] average(Raw... blocks) {
    return average(List.of(blocks));
  }

  private static float[] average(List<Raw> blocks) {
    WeightedMean mean = new WeightedMean(blocks);
    float[] values = new float[mean.bytes() / Float.BYTES];
    ByteBuffer bytes = ByteBuffer.allocate(mean.bytes());
    FullAveraging.write(mean, values.length, bytes);
    Encoding.FLOAT32.decode(bytes.flip(), values, 0, values.length);
    return values;
  }

  private static Raw block(int replica, long examples, float... values) {
    return new Raw(replica, examples, Encoding.FLOAT32.encode(values, 0, values.length));
  }
}
