package tributary.datasets;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class SeedsTest {
  @Test
  void samePartsGiveTheSameSeed() {
    assertThat(Seeds.mix(1, 2, 3)).isEqualTo(Seeds.mix(1, 2, 3));
    assertThat(Seeds.random(1, 2).nextLong()).isEqualTo(Seeds.random(1, 2).nextLong());
  }

  @Test
  void orderAndCountOfPartsMatter() {
    assertThat(Seeds.mix(1, 2)).isNotEqualTo(Seeds.mix(2, 1));
    assertThat(Seeds.mix(0)).isNotEqualTo(Seeds.mix(0, 0)).isNotEqualTo(Seeds.mix());
  }

  @Test
  void smallPartsDoNotCollide() {
    Set<Long> seeds = new HashSet<>();
    for (long seed = 0; seed < 100; seed++) {
      for (long epoch = 0; epoch < 100; epoch++) {
        seeds.add(Seeds.mix(seed, epoch));
      }
    }
    assertThat(seeds).hasSize(10_000);
  }
}
