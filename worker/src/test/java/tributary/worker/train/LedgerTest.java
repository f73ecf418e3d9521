package tributary.worker.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import tributary.datasets.Seeds;

class LedgerTest {
  @Test
  void ofAnEpochsPartsAddsUpToTheWholeWhateverTheirOrderAndTheCut() {
    SplittableRandom random = Seeds.random(11);
    for (int trial = 0; trial < 200; trial++) {
      int[] shards = random.ints(1 + random.nextInt(6), 0, 20).toArray();
      long[] numbers = shuffled(Arrays.stream(shards).sum(), random);
      Ledger sum = Ledger.EMPTY;
      for (int from = 0; from < numbers.length; ) {
        int to = Math.min(numbers.length, from + 1 + random.nextInt(7));
        sum = sum.plus(Ledger.of(Arrays.copyOfRange(numbers, from, to), shards));
        from = to;
      }
      assertThat(sum).as(Arrays.toString(shards)).isEqualTo(Ledger.ofAll(shards));
      assertThat(sum.examples()).isEqualTo(numbers.length);
      assertThat(sum.hash()).isEqualTo(ExampleHash.ofAll(numbers.length));
    }
  }

  @Test
  void tellsTheShardWhereOneExampleStandsForAnother() {
    int[] shards = {3, 0, 4};
    Ledger twice = Ledger.of(new long[] {0, 1, 2, 3, 4, 4, 6}, shards);
    Ledger whole = Ledger.ofAll(shards);
    assertThat(twice.examples()).isEqualTo(whole.examples());
    assertThat(twice.shards().get(0)).isEqualTo(whole.shards().get(0));
    assertThat(twice.shards().get(2)).isNotEqualTo(whole.shards().get(2));
    assertThat(whole.shards()).containsOnlyKeys(0, 2);
  }

  @Test
  void refusesExamplesThatNoShardHas() {
    for (long number : new long[] {-1, 7}) {
      assertThatThrownBy(() -> Ledger.of(new long[] {number}, new int[] {3, 4}))
          .hasMessage("no example " + number + " in 2 shards");
    }
  }

  private static long[] shuffled(int count, SplittableRandom random) {
    long[] numbers = LongStream.range(0, count).toArray();
    for (int i = count - 1; i > 0; i--) {
      int j = random.nextInt(i + 1);
      long kept = numbers[i];
      numbers[i] = numbers[j];
      numbers[j] = kept;
    }
    return numbers;
  }
}
