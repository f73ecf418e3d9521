package tributary.datasets.text;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Set;
import tributary.datasets.shard.TokenKind;
import tributary.datasets.shard.TokenTable;
import tributary.datasets.shard.TokenTable.Merge;

/**
 * Byte-pair encoding: Sennrich, Haddow and Birch, "Neural Machine Translation of Rare Words with
 * Subword Units", arXiv:1508.07909, algorithm 1. It begins with letters and joins, again and again,
 * the two neighbours that are most frequent in words.
 *
 * <p>Two things differ. A word carries the blank before it instead of a mark at its end, so that
 * tokens put together are the text again. And of pairs that are equally frequent the first by code
 * points is taken, so that the result follows from the counts alone. Letters take at most half of
 * the vocabulary, the most frequent ones; a pair that was seen once is not joined.
 *
 * <p>Counts are kept up to date from one join to the next: only words that hold the pair are looked
 * at. For one thread.
 */
final class BytePairLearner {
  private static final int UNKNOWN = -1;
  private static final long RARE = 2;

  private final int size;
  private final List<String> tokens = new ArrayList<>();
  private final Map<String, Integer> numbers = new HashMap<>();
  private final List<Merge> merges = new ArrayList<>();

  /** Tokens of each word, {@link #UNKNOWN} where its letter is none. */
  private final List<int[]> words = new ArrayList<>();

  private final List<Long> times = new ArrayList<>();
  private final Map<Long, Pair> pairs = new HashMap<>();
  private final PriorityQueue<Candidate> queue;

  /**
   * Begins with letters.
   *
   * @param counts of words, as {@link Words#pieces} gives them
   * @param size of the vocabulary without specials, at least 1
   */
  BytePairLearner(TokenCounts counts, int size) {
    this.size = size;
    this.queue =
        new PriorityQueue<>(
            Comparator.comparingLong(Candidate::count)
                .reversed()
                .thenComparing(candidate -> tokens.get(candidate.left()), CodePoints.ORDER)
                .thenComparing(candidate -> tokens.get(candidate.right()), CodePoints.ORDER));
    TokenCounts letters = new TokenCounts();
    counts
        .asMap()
        .forEach(
            (word, count) ->
                word.codePoints()
                    .forEach(letter -> letters.add(Character.toString(letter), count)));
    letters.mostFrequent(Math.max(1, size / 2)).forEach(this::number);
    counts.sorted().forEach(this::addWord);
    pairs.forEach(this::offer);
  }

  /** Joins until the vocabulary is full, or no pair is frequent. */
  TokenTable learn(boolean lowerCase) {
    while (tokens.size() < size) {
      Candidate best = queue.poll();
      if (best == null) {
        break;
      }
      long now = pairs.containsKey(best.key()) ? pairs.get(best.key()).count : 0;
      // If it has changed since, a newer candidate is in the queue.
      if (now == best.count()) {
        join(best);
      }
    }
    return new TokenTable(TokenKind.BYTE_PAIRS, lowerCase, tokens, merges);
  }

  /** The tokens that a word was joined to. */
  List<List<String>> cutWords() {
    return words.stream()
        .map(word -> Arrays.stream(word).mapToObj(t -> t == UNKNOWN ? "" : tokens.get(t)).toList())
        .toList();
  }

  private void addWord(String word, long count) {
    int[] letters =
        word.codePoints()
            .map(letter -> numbers.getOrDefault(Character.toString(letter), UNKNOWN))
            .toArray();
    words.add(letters);
    times.add(count);
    countPairs(words.size() - 1, count, new HashSet<>());
  }

  private void join(Candidate pair) {
    String left = tokens.get(pair.left());
    String right = tokens.get(pair.right());
    merges.add(new Merge(left, right));
    int joined = number(left + right);
    Set<Long> touched = new HashSet<>();
    for (int word : pairs.get(pair.key()).distinctWords()) {
      int[] before = words.get(word);
      int[] after = joined(before, pair.left(), pair.right(), joined);
      if (after.length < before.length) {
        countPairs(word, -times.get(word), touched);
        words.set(word, after);
        countPairs(word, times.get(word), touched);
      }
    }
    for (long key : touched) {
      Pair changed = pairs.get(key);
      if (changed.count == 0) {
        pairs.remove(key);
      } else {
        offer(key, changed);
      }
    }
  }

  /** Adds a word's pairs to the counts, or takes them off. */
  private void countPairs(int word, long count, Set<Long> touched) {
    int[] letters = words.get(word);
    for (int i = 0; i + 1 < letters.length; i++) {
      if (letters[i] != UNKNOWN && letters[i + 1] != UNKNOWN) {
        long key = (long) letters[i] << Integer.SIZE | letters[i + 1];
        pairs.computeIfAbsent(key, none -> new Pair()).add(word, count);
        touched.add(key);
      }
    }
  }

  private void offer(long key, Pair pair) {
    if (pair.count >= RARE) {
      queue.add(new Candidate(pair.count, key));
    }
  }

  private int number(String token) {
    return numbers.computeIfAbsent(
        token,
        added -> {
          tokens.add(added);
          return tokens.size() - 1;
        });
  }

  private static int[] joined(int[] word, int left, int right, int joined) {
    int[] made = new int[word.length];
    int size = 0;
    for (int i = 0; i < word.length; i++) {
      boolean here = word[i] == left && i + 1 < word.length && word[i + 1] == right;
      made[size++] = here ? joined : word[i];
      i += here ? 1 : 0;
    }
    return Arrays.copyOf(made, size);
  }

  /** How frequent a pair is, and in which words it may be. */
  private static final class Pair {
    private long count;
    private int[] words = new int[2];
    private int size;

    void add(int word, long times) {
      count += times;
      if (times > 0 && (size == 0 || words[size - 1] != word)) {
        words = size == words.length ? Arrays.copyOf(words, 2 * size) : words;
        words[size++] = word;
      }
    }

    int[] distinctWords() {
      return Arrays.stream(words, 0, size).sorted().distinct().toArray();
    }
  }

  /**
   * A pair that may be joined.
   *
   * @param count that it had when it was put in the queue
   * @param key of its tokens
   */
  private record Candidate(long count, long key) {
    int left() {
      return (int) (key >>> Integer.SIZE);
    }

    int right() {
      return (int) key;
    }
  }
}
