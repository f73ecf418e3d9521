package tributary.datasets.minibatch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import tributary.datasets.Seeds;

class SampleOrderTest {
  private static final int TRIALS = 500;

  @Test
  void everyEpochIsAPermutation() {
    for (int trial = 0; trial < TRIALS; trial++) {
      SampleOrder order = randomOrder(trial);
      long[] all = order.slice(0, (int) order.size());
      Arrays.sort(all);
      assertThat(all).as("trial %d", trial).isEqualTo(LongStream.range(0, order.size()).toArray());
    }
  }

  @Test
  void slicesAgreeWithTheWhole() {
    for (int trial = 0; trial < TRIALS; trial++) {
      SplittableRandom random = Seeds.random(trial, 1);
      SampleOrder order = randomOrder(trial);
      int size = (int) order.size();
      long[] all = order.slice(0, size);
      for (int i = 0; i < 10; i++) {
        int from = random.nextInt(size + 1);
        int count = random.nextInt(size - from + 1);
        assertThat(order.slice(from, count))
            .as("trial %d, %d from %d", trial, count, from)
            .isEqualTo(Arrays.copyOfRange(all, from, from + count));
      }
    }
  }

  @Test
  void theSameArgumentsGiveTheSameOrder() {
    assertThat(whole(7, 3)).isEqualTo(whole(7, 3));
  }

  @Test
  void otherSeedsAndEpochsGiveOtherOrders() {
    assertThat(whole(7, 3)).isNotEqualTo(whole(8, 3)).isNotEqualTo(whole(7, 4));
  }

  @Test
  void theOrderNeverChangesBetweenReleases() {
    SampleOrder order = new SampleOrder(42, 0, new int[] {5, 0, 3}, 2, 2);
    assertThat(order.slice(0, 8)).containsExactly(7, 1, 0, 2, 6, 5, 3, 4);
  }

  @Test
  void blocksStayTogetherWhereTheWindowIsOneBlock() {
    SampleOrder order = new SampleOrder(1, 0, new int[] {10, 7}, 5, 1);
    long[] all = order.slice(0, 17);
    int at = 0;
    while (at < all.length) {
      long block = all[at] < 10 ? all[at] / 5 : 2 + (all[at] - 10) / 5;
      int length = block == 3 ? 2 : 5;
      for (int i = at; i < at + length; i++) {
        assertThat(all[i] < 10 ? all[i] / 5 : 2 + (all[i] - 10) / 5).isEqualTo(block);
      }
      at += length;
    }
  }

  @Test
  void emptyShardsAndNoShardsAtAllAreFine() {
    assertThat(new SampleOrder(1, 0, new int[] {0, 0}, 4, 4).size()).isZero();
    assertThat(new SampleOrder(1, 0, new int[0], 4, 4).slice(0, 0)).isEmpty();
    assertThat(new SampleOrder(1, 0, new int[] {0, 1, 0}, 4, 4).slice(0, 1)).containsExactly(0);
  }

  @Test
  void aMillionExamplesTakeFarLessThanASecond() {
    int[] shards = new int[200];
    Arrays.fill(shards, 5_000);
    long start = System.nanoTime();
    SampleOrder order = new SampleOrder(1, 0, shards, 64, 64);
    assertThat(order.slice(777_777, 6_400)).hasSize(6_400);
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(1));
  }

  @Test
  void aSliceOutsideTheEpochIsRefused() {
    SampleOrder order = new SampleOrder(1, 0, new int[] {3}, 1, 1);
    assertThatThrownBy(() -> order.slice(2, 2))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("slice of 2 from 2 is not inside 0..3");
  }

  private static long[] whole(long seed, int epoch) {
    return new SampleOrder(seed, epoch, new int[] {50, 50}, 8, 4).slice(0, 100);
  }

  private static SampleOrder randomOrder(long trial) {
    SplittableRandom random = Seeds.random(trial);
    int[] shards = new int[random.nextInt(8)];
    for (int i = 0; i < shards.length; i++) {
      shards[i] = random.nextInt(4) == 0 ? random.nextInt(2) : random.nextInt(60);
    }
    return new SampleOrder(
        trial, random.nextInt(5), shards, random.nextInt(1, 20), random.nextInt(1, 10));
  }
}
