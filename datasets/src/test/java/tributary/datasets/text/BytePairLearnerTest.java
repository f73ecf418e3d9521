package tributary.datasets.text;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tributary.datasets.shard.TokenTable;
import tributary.datasets.shard.TokenTable.Merge;

@Timeout(120)
class BytePairLearnerTest {
  /** The words of the paper's figure, without its marks at the ends. */
  @Test
  void frequentNeighboursAreJoinedFirst() {
    TokenCounts counts =
        new TokenCounts().add("low", 5).add("lower", 2).add("newest", 6).add("widest", 3);
    TokenTable table = new BytePairLearner(counts, 14).learn(false);

    assertThat(table.merges())
        .startsWith(new Merge("e", "s"), new Merge("es", "t"), new Merge("l", "o"));
    assertThat(table.tokens()).contains("est", "lo").doesNotHaveDuplicates().hasSize(14);
  }

  /** The algorithm as the paper writes it: count all pairs anew before each join. */
  @Test
  void joinsAreThoseOfCountingAnewEachTime() {
    int joins = 0;
    for (int seed = 0; seed < 60; seed++) {
      TokenCounts counts = counts(seed);
      int size = 10 + seed % 40;
      BytePairLearner learner = new BytePairLearner(counts, size);
      TokenTable table = learner.learn(false);
      Naive naive = new Naive(counts, size);

      assertThat(table.merges()).as("seed %d", seed).isEqualTo(naive.merges);
      assertThat(table.tokens()).as("seed %d", seed).isEqualTo(List.copyOf(naive.tokens));
      joins += table.merges().size();
    }
    assertThat(joins).isGreaterThan(300);
  }

  @Test
  void encodingAWordGivesWhatLearningCutItInto() {
    for (int seed = 0; seed < 60; seed++) {
      TokenCounts counts = counts(seed);
      BytePairLearner learner = new BytePairLearner(counts, 10 + seed % 40);
      Vocabulary vocabulary = new Vocabulary(learner.learn(false));
      List<List<String>> cut = learner.cutWords();

      int word = 0;
      for (String piece : counts.sorted().keySet()) {
        List<String> encoded =
            Arrays.stream(vocabulary.encode(piece))
                .mapToObj(id -> id == Vocabulary.UNKNOWN ? "" : vocabulary.token(id))
                .toList();
        assertThat(encoded).as("seed %d, '%s'", seed, piece).isEqualTo(cut.get(word++));
      }
    }
  }

  @Test
  void theOrderOfCountingChangesNothing() {
    List<String> pieces = new ArrayList<>();
    for (int seed = 0; seed < 50; seed++) {
      pieces.addAll(Words.pieces(Texts.random(seed)));
    }
    TokenCounts forward = new TokenCounts();
    pieces.forEach(forward::add);
    TokenCounts one = new TokenCounts();
    TokenCounts other = new TokenCounts();
    for (int i = pieces.size() - 1; i >= 0; i--) {
      (i % 3 == 0 ? one : other).add(pieces.get(i));
    }
    TokenCounts merged = new TokenCounts().add(other).add(one);

    assertThat(merged).isEqualTo(forward);
    assertThat(new BytePairLearner(merged, 60).learn(false))
        .isEqualTo(new BytePairLearner(forward, 60).learn(false));
  }

  @Test
  void lettersTakeAtMostHalf() {
    TokenCounts counts = new TokenCounts().add("abcdefgh", 10).add("ab", 10).add("cd", 9);
    TokenTable table = new BytePairLearner(counts, 6).learn(false);
    assertThat(table.tokens()).startsWith("a", "b", "c").contains("ab");
    assertThat(table.merges()).containsExactly(new Merge("a", "b"), new Merge("ab", "c"));
  }

  @Test
  void whatWasSeenOnceIsNotJoined() {
    TokenTable table = new BytePairLearner(new TokenCounts().add("abcd"), 100).learn(false);
    assertThat(table.merges()).isEmpty();
    assertThat(new BytePairLearner(new TokenCounts(), 100).learn(false).tokens()).isEmpty();
  }

  /** Quadratic work would take minutes. */
  @Test
  void manyWordsAreLearnedInSeconds() {
    TokenCounts counts = new TokenCounts();
    for (int word = 0; word < 20_000; word++) {
      counts.add(Long.toString(tributary.datasets.Seeds.mix(word) >>> 20, 36), 1 + word % 50);
    }
    assertThat(new BytePairLearner(counts, 3_000).learn(false).tokens()).hasSize(3_000);
  }

  private static TokenCounts counts(int seed) {
    TokenCounts counts = new TokenCounts();
    for (int i = 0; i < 4; i++) {
      Words.pieces(Texts.random(4 * seed + i)).forEach(counts::add);
    }
    return counts;
  }

  private static final class Naive {
    private static final String UNKNOWN = "";

    private final Set<String> tokens = new LinkedHashSet<>();
    private final List<Merge> merges = new ArrayList<>();
    private final Map<List<String>, Long> words = new HashMap<>();

    Naive(TokenCounts counts, int size) {
      TokenCounts letters = new TokenCounts();
      counts
          .asMap()
          .forEach(
              (word, count) ->
                  word.codePoints().forEach(c -> letters.add(Character.toString(c), count)));
      tokens.addAll(letters.mostFrequent(size / 2));
      counts
          .asMap()
          .forEach(
              (word, count) ->
                  words.merge(
                      word.codePoints()
                          .mapToObj(Character::toString)
                          .map(letter -> tokens.contains(letter) ? letter : UNKNOWN)
                          .collect(Collectors.toList()),
                      count,
                      Long::sum));
      Map.Entry<Merge, Long> best = best();
      while (tokens.size() < size && best != null && best.getValue() >= 2) {
        join(best.getKey());
        best = best();
      }
    }

    private Map.Entry<Merge, Long> best() {
      Map<Merge, Long> pairs = new HashMap<>();
      words.forEach(
          (word, count) -> {
            for (int i = 0; i + 1 < word.size(); i++) {
              if (!word.get(i).equals(UNKNOWN) && !word.get(i + 1).equals(UNKNOWN)) {
                pairs.merge(new Merge(word.get(i), word.get(i + 1)), count, Long::sum);
              }
            }
          });
      return pairs.entrySet().stream()
          .min(
              Comparator.<Map.Entry<Merge, Long>>comparingLong(Map.Entry::getValue)
                  .reversed()
                  .thenComparing(pair -> pair.getKey().left(), CodePoints.ORDER)
                  .thenComparing(pair -> pair.getKey().right(), CodePoints.ORDER))
          .orElse(null);
    }

    private void join(Merge pair) {
      merges.add(pair);
      tokens.add(pair.left() + pair.right());
      Map<List<String>, Long> joined = new HashMap<>();
      words.forEach((word, count) -> joined.merge(join(word, pair), count, Long::sum));
      words.clear();
      words.putAll(joined);
    }

    private static List<String> join(List<String> word, Merge pair) {
      List<String> joined = new ArrayList<>();
      int at = 0;
      while (at < word.size()) {
        boolean here =
            at + 1 < word.size()
                && word.get(at).equals(pair.left())
                && word.get(at + 1).equals(pair.right());
        joined.add(here ? pair.left() + pair.right() : word.get(at));
        at += here ? 2 : 1;
      }
      return joined;
    }
  }
}
