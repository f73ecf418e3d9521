package tributary.driver.exchange;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import tributary.datasets.Seeds;

class SlicesTest {
  @Test
  void coverAVectorOnceInPiecesOfNearlyEqualLength() {
    SplittableRandom random = Seeds.random(3);
    for (int trial = 0; trial < 1000; trial++) {
      int most = 1 + random.nextInt(50);
      int length = random.nextInt(1000);
      Slices slices = Slices.ofLength(most, length);
      int next = 0;
      for (int slice = 0; slice < slices.count(); slice++) {
        assertThat(slices.start(slice)).as("%s, slice %d", slices, slice).isEqualTo(next);
        assertThat(slices.size(slice))
            .as(slices.toString())
            .isBetween(length / slices.count(), most);
        next += slices.size(slice);
      }
      assertThat(next).as(slices.toString()).isEqualTo(length);
    }
  }

  @Test
  void cutTheLargestVectorThereIs() {
    Slices slices = Slices.of(Encoding.FLOAT32, Integer.MAX_VALUE);
    assertThat(slices.start(slices.count())).isEqualTo(Integer.MAX_VALUE);
  }
}
