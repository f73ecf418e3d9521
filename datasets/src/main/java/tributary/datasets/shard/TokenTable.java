package tributary.datasets.shard;

import java.io.Serializable;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import tributary.datasets.Checks;

/**
 * A learned vocabulary, as a manifest keeps it.
 *
 * @param kind of the tokens
 * @param lowerCase whether text is turned into lower case before it is cut
 * @param tokens all different; the number of the one at position {@code i} is {@code i +} {@value
 *     #SPECIALS}, as the numbers below are not those of any text
 * @param merges of byte-pair encoding, in the order they are applied; empty for other kinds
 */
public record TokenTable(TokenKind kind, boolean lowerCase, List<String> tokens, List<Merge> merges)
    implements Serializable {
  /** How many numbers come before the first token's: padding, unknown, begin and end. */
  public static final int SPECIALS = 4;

  /** Refuses values that do not fit the description above. */
  public TokenTable {
    Objects.requireNonNull(kind, "kind");
    tokens = List.copyOf(tokens);
    merges = List.copyOf(merges);
    Set<String> known = new HashSet<>();
    for (String token : tokens) {
      Checks.argument(!token.isEmpty(), "a token must not be empty");
      Checks.argument(known.add(token), "token '%s' is listed twice", token);
    }
    Checks.argument(
        kind == TokenKind.BYTE_PAIRS || merges.isEmpty(),
        "a vocabulary of %s must not have merges, got %d",
        kind,
        merges.size());
    for (Merge merge : merges) {
      Checks.argument(
          known.contains(merge.left())
              && known.contains(merge.right())
              && known.contains(merge.left() + merge.right()),
          "merge of '%s' and '%s': expected these and what they make among the tokens",
          merge.left(),
          merge.right());
    }
  }

  /**
   * Two neighbours that become one token.
   *
   * @param left the first
   * @param right the second
   */
  public record Merge(String left, String right) implements Serializable {}
}
