package tributary.datasets.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tributary.datasets.Seeds;

@Timeout(120)
class LengthBucketsTest {
  @Test
  void everySequenceIsUsedOnce() {
    SplittableRandom random = Seeds.random(1);
    for (int i = 0; i < 500; i++) {
      int[] lengths = lengths(i, random.nextInt(2_000));
      int[] order =
          LengthBuckets.order(
              i,
              random.nextInt(5),
              lengths,
              random.nextInt(1, 9),
              random.nextInt(1, 9),
              random.nextInt(1, 20));
      assertThat(order).hasSize(lengths.length);
      assertThat(Arrays.stream(order).sorted().toArray())
          .isEqualTo(IntStream.range(0, lengths.length).toArray());
    }
  }

  @Test
  void replicasOfARoundGetAboutEqualNumbersOfTokens() {
    SplittableRandom random = Seeds.random(2);
    for (int i = 0; i < 200; i++) {
      int replicas = random.nextInt(2, 9);
      int localSteps = random.nextInt(1, 9);
      int size = random.nextInt(1, 20);
      int perRound = replicas * localSteps * size;
      int[] lengths = lengths(i, perRound * random.nextInt(1, 6) + random.nextInt(perRound));
      int[] order = LengthBuckets.order(i, 0, lengths, replicas, localSteps, size);

      for (int first = 0; first + perRound <= order.length; first += perRound) {
        int[][] rungs = new int[localSteps][replicas * size];
        int[] filled = new int[localSteps];
        long[] shares = new long[replicas];
        for (int place = 0; place < perRound; place++) {
          int length = lengths[order[first + place]];
          int step = place / size % localSteps;
          rungs[step][filled[step]++] = length;
          shares[place / (localSteps * size)] += length;
        }
        int widest =
            Arrays.stream(rungs).mapToInt(rung -> widestTurn(rung, replicas)).max().orElse(0);
        assertThat(spread(shares))
            .as("round from %d of epoch %d", first, i)
            .isLessThanOrEqualTo(widest);
      }
    }
  }

  /** By how much sequences differ that were dealt to all replicas in one turn. */
  private static int widestTurn(int[] rung, int replicas) {
    int[] sorted = Arrays.stream(rung).sorted().toArray();
    int widest = 0;
    for (int i = 0; i < sorted.length; i += replicas) {
      widest = Math.max(widest, sorted[i + replicas - 1] - sorted[i]);
    }
    return widest;
  }

  /** Real texts have a few long ones; dealt at random, replicas wait for whoever got those. */
  @Test
  void littleIsFilledUpAndReplicasDifferByLittle() {
    int replicas = 8;
    int localSteps = 4;
    int size = 16;
    int[] lengths = lengths(3, 20_000);
    int[] order = LengthBuckets.order(3, 0, lengths, replicas, localSteps, size);
    int[] random = IntStream.range(0, lengths.length).toArray();

    assertThat(filledUp(lengths, random, size)).isGreaterThan(0.5);
    assertThat(filledUp(lengths, order, size)).isLessThan(0.12);
    assertThat(unevenness(lengths, random, replicas, localSteps * size)).isGreaterThan(0.1);
    assertThat(unevenness(lengths, order, replicas, localSteps * size)).isLessThan(0.005);
  }

  @Test
  void theLastRoundIsDealtAlikeToo() {
    int[] lengths = lengths(4, 61);
    int[] order = LengthBuckets.order(4, 0, lengths, 4, 8, 16);
    long[] tokens = new long[4];
    for (int replica = 0; replica < 4; replica++) {
      for (int place = 61 * replica / 4; place < 61 * (replica + 1) / 4; place++) {
        tokens[replica] += lengths[order[place]];
      }
    }
    long longest = Arrays.stream(lengths).max().orElseThrow();
    assertThat(spread(tokens)).isLessThanOrEqualTo(2 * longest);
  }

  @Test
  void theOrderFollowsFromSeedEpochAndLengthsAlone() {
    int[] lengths = lengths(5, 1_000);
    int[] order = LengthBuckets.order(5, 2, lengths, 3, 2, 8);

    assertThat(LengthBuckets.order(5, 2, lengths.clone(), 3, 2, 8)).isEqualTo(order);
    assertThat(LengthBuckets.order(5, 3, lengths, 3, 2, 8)).isNotEqualTo(order);
    assertThat(LengthBuckets.order(6, 2, lengths, 3, 2, 8)).isNotEqualTo(order);
  }

  @Test
  void longOnesDoNotAllComeFirst() {
    int[] lengths = lengths(6, 20_000);
    int[] order = LengthBuckets.order(6, 0, lengths, 4, 2, 16);
    double half = order.length / 2.0;
    double first =
        Arrays.stream(order).limit(order.length / 2).mapToLong(i -> lengths[i]).sum() / half;
    double all = Arrays.stream(lengths).average().orElseThrow();
    assertThat(first).isBetween(0.9 * all, 1.1 * all);
  }

  @Test
  void aMillionSequencesAreOrderedWithinASecondOrSo() {
    int[] lengths = lengths(7, 1_000_000);
    long began = System.nanoTime();
    assertThat(LengthBuckets.order(7, 0, lengths, 64, 16, 32)).hasSize(1_000_000);
    assertThat((System.nanoTime() - began) / 1e9).isLessThan(10);
  }

  @Test
  void wrongNumbersAreRefused() {
    assertThatThrownBy(() -> LengthBuckets.order(1, 0, new int[] {3, -1}, 1, 1, 1))
        .hasMessage("the length of a sequence must be >= 0, got -1");
    assertThatThrownBy(() -> LengthBuckets.order(1, 0, new int[] {3}, 0, 1, 1))
        .hasMessageContaining("must be >= 1, got 0, 1 and 1");
  }

  /** Most short, a few long: the exponential of a sum of dice. */
  private static int[] lengths(int seed, int count) {
    SplittableRandom random = Seeds.random(seed, 99);
    return IntStream.range(0, count)
        .map(
            i -> {
              double sum = 0;
              for (int die = 0; die < 6; die++) {
                sum += random.nextDouble() - 0.5;
              }
              return (int) (20 * Math.exp(1.2 * sum));
            })
        .toArray();
  }

  /** The share of all steps that are padding. */
  private static double filledUp(int[] lengths, int[] order, int size) {
    long tokens = 0;
    long steps = 0;
    for (int from = 0; from + size <= order.length; from += size) {
      int longest = 0;
      for (int place = from; place < from + size; place++) {
        tokens += lengths[order[place]];
        longest = Math.max(longest, lengths[order[place]]);
      }
      steps += (long) longest * size;
    }
    return 1 - (double) tokens / steps;
  }

  /** By how much the most loaded replica of a round has more tokens than the mean, on average. */
  private static double unevenness(int[] lengths, int[] order, int replicas, int share) {
    double sum = 0;
    int rounds = order.length / (replicas * share);
    for (int round = 0; round < rounds; round++) {
      long[] tokens = new long[replicas];
      for (int place = 0; place < replicas * share; place++) {
        tokens[place / share] += lengths[order[round * replicas * share + place]];
      }
      double mean = Arrays.stream(tokens).average().orElseThrow();
      sum += Arrays.stream(tokens).max().orElseThrow() / mean - 1;
    }
    return sum / rounds;
  }

  private static long spread(long[] tokens) {
    return Arrays.stream(tokens).max().orElse(0) - Arrays.stream(tokens).min().orElse(0);
  }
}
