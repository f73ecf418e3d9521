package tributary.datasets.text;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.IntStream;
import tributary.datasets.Checks;
import tributary.datasets.shard.TokenKind;
import tributary.datasets.shard.TokenTable;
import tributary.datasets.shard.TokenTable.Merge;

/**
 * Turns text into numbers and back. Safe for several threads.
 *
 * <p>Characters and byte-pairs give the text again, but for letters that are unknown; words give it
 * with one blank between two of them.
 */
public final class Vocabulary {
  /** Fills sequences up to a common length. */
  public static final int PADDING = 0;

  /** Stands for all that is not in the vocabulary. */
  public static final int UNKNOWN = 1;

  /** Comes before the first token, where a sequence is to be begun. */
  public static final int BEGIN = 2;

  /** Comes after the last token. */
  public static final int END = 3;

  /** What an unknown token is decoded to. */
  private static final String REPLACEMENT = "\ufffd";

  private static final int MAX_CACHED = 1 << 16;

  private final TokenTable table;
  private final Map<String, Integer> numbers = new HashMap<>();
  private final Map<Long, Integer> ranks = new HashMap<>();
  private final int[] joined;
  private final ConcurrentHashMap<String, int[]> cache = new ConcurrentHashMap<>();

  /** The vocabulary of a manifest. */
  public Vocabulary(TokenTable table) {
    this.table = table;
    for (String token : table.tokens()) {
      numbers.put(token, numbers.size() + TokenTable.SPECIALS);
    }
    joined = new int[table.merges().size()];
    for (int rank = 0; rank < joined.length; rank++) {
      Merge merge = table.merges().get(rank);
      ranks.putIfAbsent(key(id(merge.left()), id(merge.right())), rank);
      joined[rank] = id(merge.left() + merge.right());
    }
  }

  /** How many numbers there are: those of tokens are {@code 4..size()-1}. */
  public int size() {
    return table.tokens().size() + TokenTable.SPECIALS;
  }

  /** The number of a token, as it is in the vocabulary; {@link #UNKNOWN} if it is not. */
  public int id(String token) {
    return numbers.getOrDefault(token, UNKNOWN);
  }

  /** The token of a number; of specials how messages write them. */
  public String token(int id) {
    Checks.argument(id >= 0 && id < size(), "token must be in 0..%d, got %d", size() - 1, id);
    return id < TokenTable.SPECIALS
        ? List.of("<padding>", "<unknown>", "<begin>", "<end>").get(id)
        : table.tokens().get(id - TokenTable.SPECIALS);
  }

  /** The numbers of a text, in normalization form C: each {@link #UNKNOWN} or a token's. */
  public int[] encode(String text) {
    String cased = table.lowerCase() ? CodePoints.lowerCase(text) : text;
    return switch (table.kind()) {
      case CHARACTERS -> cased.codePoints().map(c -> id(Character.toString(c))).toArray();
      case WORDS, FORMS -> Words.words(cased).stream().mapToInt(this::number).toArray();
      case BYTE_PAIRS ->
          Words.pieces(cased).stream().flatMapToInt(p -> Arrays.stream(cut(p))).toArray();
    };
  }

  /** The numbers of tokens that were cut already, one for each. */
  public int[] encode(List<String> tokens) {
    return tokens.stream()
        .map(token -> table.lowerCase() ? CodePoints.lowerCase(token) : token)
        .mapToInt(this::number)
        .toArray();
  }

  /** The text of numbers; padding, begin and end are left out. */
  public String decode(int[] ids) {
    List<String> parts = new ArrayList<>();
    for (int id : ids) {
      if (id == UNKNOWN || isForm(id)) {
        parts.add(REPLACEMENT);
      } else if (id >= TokenTable.SPECIALS) {
        parts.add(token(id));
      }
    }
    return String.join(hasBlanks() ? " " : "", parts);
  }

  /**
   * What a token adds to a text that is written token by token; the end of a document breaks the
   * line.
   *
   * @param before the token before it; {@link #END} at the start
   */
  public String continuation(int before, int token) {
    if (token == END) {
      return "\n";
    }
    boolean parted = hasBlanks() && before != END;
    return (parted ? " " : "") + decode(new int[] {token});
  }

  /** What of a text, in normalization form C, {@link #UNKNOWN} stands for: each letter or word. */
  public List<String> unknown(String text) {
    String cased = table.lowerCase() ? CodePoints.lowerCase(text) : text;
    List<String> parts =
        hasBlanks()
            ? Words.words(cased)
            : cased.codePoints().mapToObj(Character::toString).toList();
    return parts.stream().filter(part -> number(part) == UNKNOWN).distinct().toList();
  }

  /** Whether a number stands for words that are not in the vocabulary. */
  private boolean isForm(int id) {
    return table.kind() == TokenKind.FORMS
        && id >= TokenTable.SPECIALS
        && token(id).startsWith(WordForm.MARK);
  }

  /** Whether tokens are words, with blanks between them. */
  private boolean hasBlanks() {
    return table.kind() == TokenKind.WORDS || table.kind() == TokenKind.FORMS;
  }

  /** The number of a token; of a word without one that of the longest known of its forms. */
  private int number(String token) {
    int number = id(token);
    if (number != UNKNOWN || table.kind() != TokenKind.FORMS) {
      return number;
    }
    return WordForm.of(token).stream()
        .mapToInt(this::id)
        .filter(form -> form != UNKNOWN)
        .findFirst()
        .orElse(UNKNOWN);
  }

  private int[] cut(String piece) {
    int[] cached = cache.get(piece);
    if (cached != null) {
      return cached;
    }
    int[] ids = merge(piece.codePoints().map(c -> id(Character.toString(c))).toArray());
    if (cache.size() < MAX_CACHED) {
      cache.put(piece, ids);
    }
    return ids;
  }

  /** Joins the neighbours that were learned first, wherever they are, until none are left. */
  private int[] merge(int[] letters) {
    int[] ids = letters;
    while (true) {
      int[] now = ids;
      int rank =
          IntStream.range(0, now.length - 1)
              .map(i -> ranks.getOrDefault(key(now[i], now[i + 1]), Integer.MAX_VALUE))
              .min()
              .orElse(Integer.MAX_VALUE);
      if (rank == Integer.MAX_VALUE) {
        return ids;
      }
      ids = merge(now, rank);
    }
  }

  private int[] merge(int[] ids, int rank) {
    int[] merged = new int[ids.length];
    int size = 0;
    for (int i = 0; i < ids.length; i++) {
      boolean here = i + 1 < ids.length && ranks.getOrDefault(key(ids[i], ids[i + 1]), -1) == rank;
      merged[size++] = here ? joined[rank] : ids[i];
      i += here ? 1 : 0;
    }
    return Arrays.copyOf(merged, size);
  }

  private static long key(int left, int right) {
    return (long) left << Integer.SIZE | right;
  }
}
