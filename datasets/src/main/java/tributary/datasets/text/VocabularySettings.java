package tributary.datasets.text;

import java.io.Serializable;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import tributary.datasets.Checks;
import tributary.datasets.shard.TokenKind;
import tributary.datasets.shard.TokenTable;

/**
 * What vocabulary is to be learned. Sent.
 *
 * @param kind of its tokens
 * @param size numbers that it may have, specials among them: more than {@link TokenTable#SPECIALS},
 *     at most {@value #MAX_SIZE}
 * @param lowerCase whether text is turned into lower case first
 */
public record VocabularySettings(TokenKind kind, int size, boolean lowerCase)
    implements Serializable {
  /** The most numbers that a vocabulary may have. */
  public static final int MAX_SIZE = 1_000_000;

  private static final int DEFAULT_SIZE = 20_000;

  /** Of a vocabulary with forms at least a quarter is left to them. */
  private static final int FORMS_SHARE = 4;

  private static final Pattern TITLE = Pattern.compile("([a-z]+)(?::([0-9]{1,9}))?");

  /** Refuses values that do not fit the description above. */
  public VocabularySettings {
    Objects.requireNonNull(kind, "kind");
    Checks.argument(
        size > TokenTable.SPECIALS && size <= MAX_SIZE,
        "a vocabulary must have %d to %d numbers, got %d",
        TokenTable.SPECIALS + 1,
        MAX_SIZE,
        size);
  }

  /**
   * Parses {@code characters}, {@code words:20000}, {@code forms:20000}, {@code bpe:8000}.
   *
   * @return empty if the text is none of that, or the size out of range
   */
  public static Optional<VocabularySettings> parse(String text, boolean lowerCase) {
    Matcher matcher = TITLE.matcher(text);
    if (!matcher.matches()) {
      return Optional.empty();
    }
    int size = matcher.group(2) == null ? DEFAULT_SIZE : Integer.parseInt(matcher.group(2));
    return TokenKind.of(matcher.group(1))
        .filter(kind -> size > TokenTable.SPECIALS && size <= MAX_SIZE)
        .map(kind -> new VocabularySettings(kind, size, lowerCase));
  }

  /** Counts the tokens of a text, or what they are learned from. */
  public void count(String text, TokenCounts into) {
    String cased = lowerCase ? CodePoints.lowerCase(text) : text;
    switch (kind) {
      case CHARACTERS -> cased.codePoints().mapToObj(Character::toString).forEach(into::add);
      case WORDS, FORMS -> Words.words(cased).forEach(into::add);
      case BYTE_PAIRS -> Words.pieces(cased).forEach(into::add);
    }
  }

  /** Counts tokens that were cut already. */
  public void count(List<String> tokens, TokenCounts into) {
    for (String token : tokens) {
      into.add(lowerCase ? CodePoints.lowerCase(token) : token);
    }
  }

  /** The vocabulary of all that was counted: a function of the counts alone. */
  public TokenTable learn(TokenCounts counts) {
    int room = size - TokenTable.SPECIALS;
    return switch (kind) {
      case BYTE_PAIRS -> new BytePairLearner(counts, room).learn(lowerCase);
      case FORMS -> new TokenTable(kind, lowerCase, wordsAndForms(counts, room), List.of());
      case CHARACTERS, WORDS ->
          new TokenTable(kind, lowerCase, counts.mostFrequent(room), List.of());
    };
  }

  /**
   * Words, and the forms of all words that are not among them. Those seen once are not, wherever
   * there is room: what becomes of words that training has not seen is learned from them.
   */
  private static List<String> wordsAndForms(TokenCounts counts, int room) {
    List<String> words =
        counts.mostFrequent(room - room / FORMS_SHARE).stream()
            .filter(word -> counts.count(word) > 1)
            .toList();
    Set<String> known = new HashSet<>(words);
    TokenCounts forms = new TokenCounts();
    counts
        .asMap()
        .forEach(
            (word, times) -> {
              if (!known.contains(word)) {
                WordForm.of(word).forEach(form -> forms.add(form, times));
              }
            });
    return Stream.concat(words.stream(), forms.mostFrequent(room - words.size()).stream()).toList();
  }
}
