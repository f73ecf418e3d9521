package tributary.driver.conf;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLParser;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import tributary.datasets.Checks;

/** Reads a YAML file into dotted keys and scalars, with the line of each. */
final class SettingsFile {
  private static final YAMLFactory YAML = new YAMLFactory();

  private final String name;
  private final Map<String, Scalar> scalars = new LinkedHashMap<>();
  private final List<String> problems;

  private SettingsFile(String name, List<String> problems) {
    this.name = name;
    this.problems = problems;
  }

  /**
   * Reads {@code text}; what is wrong with it is added to {@code problems}.
   *
   * @param name of the file, for places
   */
  static Map<String, Scalar> read(String text, String name, List<String> problems) {
    SettingsFile file = new SettingsFile(name, problems);
    try (YAMLParser parser = YAML.createParser(text)) {
      file.readDocument(parser);
    } catch (JsonProcessingException e) {
      int line = e.getLocation() == null ? 1 : e.getLocation().getLineNr();
      problems.add(Checks.format("%s:%d: not YAML: %s", name, line, problem(e)));
      file.scalars.clear(); // what stood before the problem may be half a value
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
    return file.scalars;
  }

  private void readDocument(YAMLParser parser) throws IOException {
    JsonToken first = parser.nextToken();
    if (first == null || first == JsonToken.VALUE_NULL) {
      return; // an empty file overrides nothing
    }
    if (first != JsonToken.START_OBJECT) {
      problems.add(Checks.format("%s: expected \"key: value\" lines", place(parser)));
      return;
    }
    Deque<String> prefix = new ArrayDeque<>();
    String field = "";
    int line = 1;
    for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
      switch (token) {
        case FIELD_NAME -> {
          field = parser.currentName();
          line = line(parser);
        }
        case START_OBJECT -> prefix.addLast(field);
        case END_OBJECT -> {
          if (prefix.pollLast() == null) {
            requireEnd(parser);
            return;
          }
        }
        case START_ARRAY -> {
          problems.add(
              Checks.format(
                  "%s:%d: %s: expected one value, found a list", name, line, path(prefix, field)));
          parser.skipChildren();
        }
        default -> add(path(prefix, field), token, parser, line);
      }
    }
  }

  private void requireEnd(JsonParser parser) throws IOException {
    if (parser.nextToken() != null) {
      problems.add(Checks.format("%s: expected one document, found a second one", place(parser)));
    }
  }

  private void add(String path, JsonToken token, YAMLParser parser, int line) throws IOException {
    String place = name + ":" + line;
    if (token == JsonToken.VALUE_NULL && isRoom(path)) {
      return; // a room whose keys are all commented out overrides nothing
    }
    if (parser.isCurrentAlias() || parser.getTypeId() != null) {
      problems.add(
          Checks.format("%s: %s: expected a plain value, found a tag or an alias", place, path));
      return;
    }
    String text = token == JsonToken.VALUE_NULL ? "" : parser.getText();
    boolean quoted = token == JsonToken.VALUE_STRING && isQuoted(parser);
    Scalar before = scalars.put(path, new Scalar(text, quoted, place));
    if (before != null) {
      problems.add(Checks.format("%s: %s is set twice, first at %s", place, path, before.place()));
    }
  }

  /** A plain scalar such as 1e-3 is text to the YAML parser and a number to us; '1e-3' is not. */
  private static boolean isQuoted(JsonParser parser) throws IOException {
    long start = parser.currentTokenLocation().getCharOffset();
    long end = parser.currentLocation().getCharOffset();
    return end - start > parser.getTextLength();
  }

  private static boolean isRoom(String path) {
    return Stream.of(Key.values()).anyMatch(key -> key.path().startsWith(path + "."));
  }

  private static String path(Deque<String> prefix, String field) {
    return prefix.isEmpty() ? field : String.join(".", prefix) + "." + field;
  }

  private String place(JsonParser parser) {
    return name + ":" + line(parser);
  }

  private static int line(JsonParser parser) {
    return parser.currentTokenLocation().getLineNr();
  }

  private static String problem(JsonProcessingException e) {
    return e.getCause() instanceof MarkedYAMLException marked
        ? marked.getProblem()
        : e.getOriginalMessage().lines().findFirst().orElse("");
  }
}
