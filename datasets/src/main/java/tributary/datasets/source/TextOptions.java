package tributary.datasets.source;

import java.io.Serializable;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import tributary.datasets.Checks;
import tributary.datasets.shard.Task;

/**
 * What a user says of how text lies in files. Sent.
 *
 * @param textColumns columns or fields whose texts, joined by a blank, are the document; by name,
 *     or by number from 1 on
 * @param labelColumn column or field of the class; empty if there is none
 * @param delimiter between columns; null for the format's own
 * @param header whether the first line of a table names its columns
 * @param charset encoding of the files
 * @param maxLineBytes that a line, or a record of several lines, may have, at least 1
 * @param imageColumn column or field of the path of the image that a caption is of
 */
public record TextOptions(
    List<String> textColumns,
    String labelColumn,
    String delimiter,
    boolean header,
    String charset,
    int maxLineBytes,
    String imageColumn)
    implements Serializable {
  /** Where a table of captions has its images if nobody says otherwise. */
  public static final String IMAGE_COLUMN = "image";

  /** For tables with a header, a column {@code text} and a column {@code label}, in UTF-8. */
  public static final TextOptions DEFAULT =
      new TextOptions(List.of("text"), "label", null, true, "UTF-8", 1 << 20);

  /** Refuses values that do not fit the description above. */
  public TextOptions {
    textColumns = List.copyOf(textColumns);
    Checks.argument(!textColumns.isEmpty(), "a document must have a column");
    Objects.requireNonNull(labelColumn, "labelColumn");
    Checks.argument(isCharset(charset), "no encoding for lines of text: %s", charset);
    Checks.argument(maxLineBytes >= 1, "bytes of a line must be >= 1, got %d", maxLineBytes);
    Checks.argument(!imageColumn.isEmpty(), "a caption must have a column of its image");
  }

  /** Without a wish where images are. */
  public TextOptions(
      List<String> textColumns,
      String labelColumn,
      String delimiter,
      boolean header,
      String charset,
      int maxLineBytes) {
    this(textColumns, labelColumn, delimiter, header, charset, maxLineBytes, IMAGE_COLUMN);
  }

  /** The same with images in another column. */
  public TextOptions withImageColumn(String column) {
    return new TextOptions(
        textColumns, labelColumn, delimiter, header, charset, maxLineBytes, column);
  }

  /**
   * Whether lines can be read in this encoding: Java knows it, and ASCII's bytes mean the same in
   * it.
   */
  public static boolean isCharset(String name) {
    return TextDecoder.isUsable(name);
  }

  /** What a table of documents is for. */
  Task taskOfDocuments() {
    return labelColumn.isEmpty() ? Task.LANGUAGE_MODEL : Task.TEXT_CLASSIFICATION;
  }

  /** The column beside the text: of the class, or of a caption's image; empty if there is none. */
  String columnBeside(Task task) {
    return task == Task.CAPTIONING ? imageColumn : labelColumn;
  }

  /** The user's delimiter, or the format's own. */
  String delimiterOr(String own) {
    return Optional.ofNullable(delimiter).orElse(own);
  }

  TextDecoder decoder() {
    return new TextDecoder(charset);
  }
}
