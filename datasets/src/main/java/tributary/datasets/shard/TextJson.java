package tributary.datasets.shard;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import tributary.datasets.Checks;
import tributary.datasets.shard.Text.Lengths;
import tributary.datasets.shard.TokenTable.Merge;

/** The JSON form of a dataset's vocabularies, a part of the manifest. */
final class TextJson {
  private static final String VOCABULARY = "vocabulary";
  private static final String TARGET = "target-vocabulary";
  private static final String LENGTHS = "lengths";

  private TextJson() {}

  static void write(Text text, ObjectNode into) {
    write(text.vocabulary(), into.putObject(VOCABULARY));
    if (text.target() != null) {
      write(text.target(), into.putObject(TARGET));
    }
    if (!text.lengths().isEmpty()) {
      ObjectNode splits = into.putObject(LENGTHS);
      text.lengths()
          .forEach(
              (split, lengths) ->
                  splits
                      .putObject(split)
                      .put("tokens", lengths.tokens())
                      .put("sha256", lengths.sha256()));
    }
  }

  /**
   * Reads it back.
   *
   * @throws IllegalArgumentException if a field is missing or wrong
   */
  static Text read(JsonNode text) {
    return new Text(
        table(text.path(VOCABULARY), VOCABULARY),
        text.has(TARGET) ? table(text.path(TARGET), TARGET) : null,
        lengths(text.path(LENGTHS)));
  }

  private static SortedMap<String, Lengths> lengths(JsonNode node) {
    SortedMap<String, Lengths> lengths = new TreeMap<>();
    node.fields()
        .forEachRemaining(
            field -> {
              JsonNode tokens = field.getValue().path("tokens");
              JsonNode sha256 = field.getValue().path("sha256");
              Checks.argument(
                  tokens.canConvertToLong() && sha256.isTextual(),
                  "%s: expected tokens and a digest, found %s",
                  LENGTHS,
                  field.getValue());
              lengths.put(field.getKey(), new Lengths(tokens.longValue(), sha256.textValue()));
            });
    return lengths;
  }

  private static void write(TokenTable table, ObjectNode into) {
    into.put("kind", table.kind().title()).put("lower-case", table.lowerCase());
    ArrayNode tokens = into.putArray("tokens");
    table.tokens().forEach(tokens::add);
    if (table.kind() == TokenKind.BYTE_PAIRS) {
      ArrayNode merges = into.putArray("merges");
      table.merges().forEach(merge -> merges.addArray().add(merge.left()).add(merge.right()));
    }
  }

  private static TokenTable table(JsonNode node, String name) {
    Checks.argument(node.isObject(), "field %s: expected an object, found %s", name, found(node));
    JsonNode title = node.path("kind");
    TokenKind kind =
        TokenKind.of(title.asText())
            .orElseThrow(
                () ->
                    new IllegalArgumentException(
                        Checks.format(
                            "kind: expected one of %s, found %s",
                            Arrays.toString(TokenKind.values()), found(title))));
    JsonNode lowerCase = node.path("lower-case");
    Checks.argument(
        lowerCase.isBoolean(),
        "field lower-case: expected true or false, found %s",
        found(lowerCase));
    List<Merge> merges = new ArrayList<>();
    if (kind == TokenKind.BYTE_PAIRS) {
      for (JsonNode merge : array(node, "merges")) {
        List<String> pair = strings(merge, "merges");
        Checks.argument(
            pair.size() == 2, "merges: expected pairs of tokens, found %s", found(merge));
        merges.add(new Merge(pair.get(0), pair.get(1)));
      }
    }
    return new TokenTable(
        kind, lowerCase.booleanValue(), strings(array(node, "tokens"), "tokens"), merges);
  }

  private static JsonNode array(JsonNode node, String name) {
    JsonNode array = node.path(name);
    Checks.argument(array.isArray(), "field %s: expected an array, found %s", name, found(array));
    return array;
  }

  private static List<String> strings(JsonNode array, String name) {
    List<String> strings = new ArrayList<>();
    for (JsonNode value : array) {
      Checks.argument(value.isTextual(), "%s: expected strings, found %s", name, value);
      strings.add(value.textValue());
    }
    return strings;
  }

  private static Object found(JsonNode node) {
    return node.isMissingNode() ? "nothing" : node;
  }
}
