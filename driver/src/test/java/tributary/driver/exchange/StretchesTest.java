package tributary.driver.exchange;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import tributary.datasets.Seeds;
import tributary.worker.model.UpdatePlan.Stretch;

class StretchesTest {
  private static final Stretches PARTS =
      Stretches.of(List.of(new Stretch(2, 3), new Stretch(10, 1), new Stretch(90, 10)));

  @Test
  void picksWhatLiesInThemAndPutsItBack() {
    float[] vector = new float[100];
    for (int i = 0; i < vector.length; i++) {
      vector[i] = i;
    }
    SplittableRandom random = Seeds.random(6);
    for (int trial = 0; trial < 200; trial++) {
      int start = random.nextInt(101);
      int end = start + random.nextInt(101 - start);
      float[] picked = PARTS.pick(vector, start, end);
      float[] expected = expected(start, end);
      assertThat(picked).containsExactly(expected);
      assertThat(PARTS.count(start, end)).isEqualTo(expected.length);
      float[] other = new float[100];
      PARTS.restore(picked, other, start, end);
      assertThat(PARTS.pick(other, start, end)).containsExactly(expected);
      assertThat(sum(other)).isEqualTo(sum(expected));
    }
  }

  private static float[] expected(int start, int end) {
    float[] all = new float[100];
    int count = 0;
    for (int i = start; i < end; i++) {
      if ((i >= 2 && i < 5) || i == 10 || i >= 90) {
        all[count++] = i;
      }
    }
    return java.util.Arrays.copyOf(all, count);
  }

  private static float sum(float[] values) {
    float sum = 0;
    for (float value : values) {
      sum += value;
    }
    return sum;
  }
}
