package tributary.datasets.source;

import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import tributary.datasets.Checks;
import tributary.datasets.shard.Task;
import tributary.datasets.text.TextFields;

/**
 * What a record says.
 *
 * @param fields of the example, as {@link RowReader#read} gives them
 * @param className its class; null if it has none
 */
record ParsedRecord(SortedMap<String, byte[]> fields, String className) {
  private static final int MAX_CLASS_NAME = 200;

  ParsedRecord {
    fields = Collections.unmodifiableSortedMap(fields);
  }

  /**
   * A row of a table.
   *
   * @param task what it is for
   * @param beside its text: the path of the image that it describes, or its class; null if neither
   */
  static ParsedRecord ofRow(Task task, String text, String beside) throws BadRecordException {
    return task == Task.CAPTIONING ? ofCaption(beside, text) : ofDocument(text, beside);
  }

  /** A caption; the path stands for the image. */
  private static ParsedRecord ofCaption(String path, String caption) throws BadRecordException {
    String image = checkedPath(path.strip());
    String line = Caption.oneLine(caption);
    if (line.isEmpty()) {
      throw new BadRecordException(
          0, Checks.format("expected a caption of %s, found a blank one", image));
    }
    return new ParsedRecord(
        new TreeMap<>(Map.of(Preparation.IMAGE, bytes(image), TextFields.TEXT, bytes(line))), null);
  }

  /** A document, perhaps with a class. */
  static ParsedRecord ofDocument(String text, String className) throws BadRecordException {
    return new ParsedRecord(
        new TreeMap<>(Map.of(TextFields.TEXT, bytes(text))),
        className == null ? null : checkedClass(className));
  }

  /** A sentence with a tag for each token. */
  static ParsedRecord ofTags(List<String> tokens, List<String> tags) throws BadRecordException {
    for (String tag : tags) {
      if (!isVisible(tag)) {
        throw new BadRecordException(
            0, Checks.format("tag: expected a name of visible letters, found '%s'", tag));
      }
    }
    SortedMap<String, byte[]> fields = new TreeMap<>();
    fields.put(TextFields.TEXT, bytes(String.join("\n", tokens)));
    fields.put(TextFields.TAGS, bytes(String.join("\n", tags)));
    return new ParsedRecord(fields, null);
  }

  /** A pair. */
  static ParsedRecord ofPair(String source, String target) throws BadRecordException {
    SortedMap<String, byte[]> fields = new TreeMap<>();
    fields.put(TextFields.SOURCE, bytes(source));
    fields.put(TextFields.TARGET, bytes(target));
    return new ParsedRecord(fields, null);
  }

  /** A path that stays below the folder that it starts from. */
  private static String checkedPath(String path) throws BadRecordException {
    for (String name : path.split("/", -1)) {
      if (name.isEmpty() || name.equals(".") || name.equals("..")) {
        throw new BadRecordException(
            0,
            Checks.format(
                "image: expected a path below the table's folder, such as images/cat.png, found"
                    + " '%s'",
                path));
      }
    }
    return path;
  }

  /** A class name that a manifest can hold. */
  private static String checkedClass(String name) throws BadRecordException {
    String stripped = TextDecoder.normalized(name.strip());
    if (!isVisible(stripped)) {
      throw new BadRecordException(
          0, Checks.format("class: expected a name of visible letters, found '%s'", stripped));
    }
    if (stripped.length() > MAX_CLASS_NAME) {
      throw new BadRecordException(
          0,
          Checks.format(
              "class: expected at most %d letters, found %d", MAX_CLASS_NAME, stripped.length()));
    }
    return stripped;
  }

  private static boolean isVisible(String name) {
    return !name.isBlank() && name.chars().noneMatch(Character::isISOControl);
  }

  /** UTF-8 of text that escapes may have made worse than its file was. */
  private static byte[] bytes(String text) throws BadRecordException {
    if (text.indexOf('\0') >= 0) {
      throw new BadRecordException(0, "the text has a NUL");
    }
    if (text.codePoints().anyMatch(c -> Character.getType(c) == Character.SURROGATE)) {
      throw new BadRecordException(0, "the text has half of a surrogate pair");
    }
    return TextDecoder.normalized(text).getBytes(StandardCharsets.UTF_8);
  }
}
