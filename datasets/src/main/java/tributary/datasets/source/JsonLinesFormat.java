package tributary.datasets.source;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.Map;
import tributary.datasets.Checks;
import tributary.datasets.shard.Task;

/**
 * A JSON object a line: a document, and perhaps its class; or a caption and its image.
 *
 * @param task what objects are for
 * @param options which fields of the object, by name
 */
record JsonLinesFormat(Task task, TextOptions options) implements RecordFormat, RecordParser {
  private static final JsonFactory JSON =
      JsonFactory.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build();

  @Override
  public RecordParser parser(LineReader lines) {
    return this;
  }

  @Override
  public ParsedRecord parse(TextRecord row) throws BadRecordException {
    Map<String, String> fields =
        fields(options.decoder().decode(row.lines().get(0), 0, options.maxLineBytes()));
    StringBuilder text = new StringBuilder();
    for (String column : options.textColumns()) {
      text.append(text.isEmpty() ? "" : " ").append(value(fields, column));
    }
    String beside = options.columnBeside(task);
    return ParsedRecord.ofRow(
        task, text.toString(), beside.isEmpty() ? null : value(fields, beside));
  }

  /** The fields that are wanted. */
  private Map<String, String> fields(String line) throws BadRecordException {
    Map<String, String> fields = new HashMap<>();
    try (JsonParser json = JSON.createParser(line)) {
      if (json.nextToken() != JsonToken.START_OBJECT) {
        throw bad("expected a JSON object, found %s", json.currentToken());
      }
      while (json.nextToken() == JsonToken.FIELD_NAME) {
        String name = json.currentName();
        JsonToken value = json.nextToken();
        if (!isWanted(name)) {
          json.skipChildren();
        } else if (value.isScalarValue() && value != JsonToken.VALUE_NULL) {
          fields.put(name, json.getText());
        } else {
          throw bad("field '%s': expected a text, a number or a boolean, found %s", name, value);
        }
      }
      if (json.nextToken() != null) {
        throw bad("expected one JSON object, found more after it");
      }
    } catch (JsonProcessingException e) {
      throw bad(
          "no JSON at character %d: %s", e.getLocation().getColumnNr(), e.getOriginalMessage());
    } catch (IOException e) {
      throw new UncheckedIOException("a text in memory can always be read", e);
    }
    return fields;
  }

  private boolean isWanted(String name) {
    return options.textColumns().contains(name) || options.columnBeside(task).equals(name);
  }

  private static String value(Map<String, String> fields, String name) throws BadRecordException {
    String value = fields.get(name);
    if (value == null) {
      throw bad("the object has no field '%s'", name);
    }
    return value;
  }

  private static BadRecordException bad(String format, Object... values) {
    return new BadRecordException(0, Checks.format(format, values));
  }
}
