package tributary.datasets.text;

import java.util.Arrays;
import java.util.Comparator;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import tributary.datasets.Checks;
import tributary.datasets.Seeds;

/**
 * The order in which one epoch uses sequences: those of similar length meet in a minibatch, and the
 * replicas of a round get about equal numbers of tokens. A permutation of {@code
 * 0..lengths.length-1}, and a function of the arguments alone.
 *
 * <p>All are shuffled, and sorted by length in pools of {@value #POOL_RUNGS} rungs. A rung is what
 * all replicas use in one step, neighbours in a pool. Rungs are shuffled, and a round takes as many
 * as it has local steps. They are dealt from the longest sequences to the shortest, one to each
 * replica in turn: the replica that has got the most tokens in the round gets the shortest. So the
 * tokens of two replicas in a round differ by no more than two sequences do that were dealt in one
 * turn. The epoch's last round, which is seldom full, is dealt in the same way as far as it goes.
 *
 * <p>Places are laid out as rounds are cut: the shares of a round's replicas follow each other, and
 * in a share its minibatches.
 */
public final class LengthBuckets {
  static final int POOL_RUNGS = 256;

  private static final long SHUFFLE_STREAM = 2;
  private static final long RUNGS_STREAM = 3;
  private static final long REPLICAS_STREAM = 4;

  private final long seed;
  private final int epoch;
  private final int[] lengths;
  private final int replicas;
  private final int localSteps;
  private final int minibatchSize;

  private LengthBuckets(
      long seed, int epoch, int[] lengths, int replicas, int localSteps, int minibatchSize) {
    this.seed = seed;
    this.epoch = epoch;
    this.lengths = lengths;
    this.replicas = replicas;
    this.localSteps = localSteps;
    this.minibatchSize = minibatchSize;
  }

  /**
   * The order of an epoch.
   *
   * @param seed run seed
   * @param epoch from 0
   * @param lengths tokens of each sequence, at least 0
   * @param replicas of a round, at least 1
   * @param localSteps of a round, at least 1
   * @param minibatchSize sequences per step on one replica, at least 1
   * @return positions in {@code lengths}
   */
  public static int[] order(
      long seed, int epoch, int[] lengths, int replicas, int localSteps, int minibatchSize) {
    Checks.argument(epoch >= 0, "epoch must be >= 0, got %d", epoch);
    Checks.argument(
        replicas >= 1 && localSteps >= 1 && minibatchSize >= 1,
        "replicas, local steps and minibatch size must be >= 1, got %d, %d and %d",
        replicas,
        localSteps,
        minibatchSize);
    for (int length : lengths) {
      Checks.argument(length >= 0, "the length of a sequence must be >= 0, got %d", length);
    }
    return new LengthBuckets(seed, epoch, lengths, replicas, localSteps, minibatchSize).order();
  }

  private int[] order() {
    int[] shuffled = IntStream.range(0, lengths.length).toArray();
    shuffle(shuffled, Seeds.random(seed, epoch, SHUFFLE_STREAM));
    long perRound = Math.multiplyExact((long) replicas * minibatchSize, (long) localSteps);
    int rounds = (int) (lengths.length / perRound);
    int full = (int) (rounds * perRound);
    int[] order = new int[lengths.length];
    if (rounds > 0) {
      sortPools(shuffled, full);
      int[] rungs = IntStream.range(0, rounds * localSteps).toArray();
      shuffle(rungs, Seeds.random(seed, epoch, RUNGS_STREAM));
      for (int round = 0; round < rounds; round++) {
        deal(round, shuffled, rungs, order);
      }
    }
    dealRest(Arrays.copyOfRange(shuffled, full, shuffled.length), order, full);
    return order;
  }

  /** Sorts each pool by length; of equals the order stays. */
  private void sortPools(int[] shuffled, int full) {
    int pool = (int) Math.min((long) POOL_RUNGS * replicas * minibatchSize, full);
    for (int from = 0; from < full; from += Math.min(pool, full - from)) {
      sortByLength(shuffled, from, Math.min(pool, full - from));
    }
  }

  private void sortByLength(int[] examples, int from, int count) {
    long[] keys = new long[count];
    for (int i = 0; i < count; i++) {
      keys[i] = (long) lengths[examples[from + i]] << Integer.SIZE | i;
    }
    Arrays.sort(keys);
    int[] sorted = new int[count];
    for (int i = 0; i < count; i++) {
      sorted[i] = examples[from + (int) keys[i]];
    }
    System.arraycopy(sorted, 0, examples, from, count);
  }

  /** Lays out a full round. */
  private void deal(int round, int[] sorted, int[] rungs, int[] order) {
    int rung = replicas * minibatchSize;
    long[] tokens = new long[replicas];
    int[] ranked = IntStream.range(0, replicas).toArray();
    shuffle(ranked, Seeds.random(seed, epoch, REPLICAS_STREAM, round));
    for (int step : stepsByTokens(round, sorted, rungs)) {
      int first = rungs[round * localSteps + step] * rung;
      for (int i = minibatchSize - 1; i >= 0; i--) {
        for (int rank = 0; rank < replicas; rank++) {
          int example = sorted[first + i * replicas + rank];
          int replica = ranked[rank];
          order[round * rung * localSteps + (replica * localSteps + step) * minibatchSize + i] =
              example;
          tokens[replica] += lengths[example];
        }
        rankByTokens(ranked, tokens);
      }
    }
  }

  /** The steps of a round, those of the longest rungs first, so that others even them out. */
  private int[] stepsByTokens(int round, int[] sorted, int[] rungs) {
    int rung = replicas * minibatchSize;
    return IntStream.range(0, localSteps)
        .boxed()
        .sorted(
            Comparator.comparingLong(
                    (Integer step) -> tokens(sorted, rungs[round * localSteps + step] * rung, rung))
                .reversed())
        .mapToInt(Integer::intValue)
        .toArray();
  }

  private long tokens(int[] examples, int from, int count) {
    long tokens = 0;
    for (int i = from; i < from + count; i++) {
      tokens += lengths[examples[i]];
    }
    return tokens;
  }

  /** The one with the most tokens first, to get the shortest in the next turn. */
  private static void rankByTokens(int[] ranked, long[] tokens) {
    for (int i = 1; i < ranked.length; i++) {
      int replica = ranked[i];
      int at = i;
      while (at > 0 && tokens[ranked[at - 1]] < tokens[replica]) {
        ranked[at] = ranked[at - 1];
        at--;
      }
      ranked[at] = replica;
    }
  }

  /** The last round: shares are equal to within one sequence, and sorted. */
  private void dealRest(int[] rest, int[] order, int from) {
    sortByLength(rest, 0, rest.length);
    int[][] shares = new int[replicas][];
    int[] filled = new int[replicas];
    for (int replica = 0; replica < replicas; replica++) {
      shares[replica] = new int[cut(rest.length, replica + 1) - cut(rest.length, replica)];
    }
    int next = rest.length - 1;
    for (int turn = 0; next >= 0; turn++) {
      for (int i = 0; i < replicas && next >= 0; i++) {
        int replica = turn % 2 == 0 ? i : replicas - 1 - i;
        if (filled[replica] < shares[replica].length) {
          shares[replica][filled[replica]++] = rest[next--];
        }
      }
    }
    int to = from;
    for (int[] share : shares) {
      System.arraycopy(share, 0, order, to, share.length);
      to += share.length;
    }
  }

  /** Of a round's sequences, those before a replica's. */
  private int cut(int examples, int replica) {
    return (int) ((long) examples * replica / replicas);
  }

  private static void shuffle(int[] values, SplittableRandom random) {
    for (int i = values.length - 1; i > 0; i--) {
      int j = random.nextInt(i + 1);
      int value = values[i];
      values[i] = values[j];
      values[j] = value;
    }
  }
}
