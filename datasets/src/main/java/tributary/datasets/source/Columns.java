package tributary.datasets.source;

import java.util.List;
import tributary.datasets.Checks;
import tributary.datasets.DataException;

/**
 * Where a table has what is wanted of it.
 *
 * @param names of the columns; null if the table has no header
 * @param texts positions of the columns of the document
 * @param label position of the class; -1 if there is none
 */
record Columns(List<String> names, List<Integer> texts, int label) {
  /**
   * Looks the user's columns up.
   *
   * @param header names of the columns; null if the table has none
   * @param path of the table, for the error
   */
  static Columns of(TextOptions options, List<String> header, String path) throws DataException {
    Integer[] texts = new Integer[options.textColumns().size()];
    for (int i = 0; i < texts.length; i++) {
      texts[i] = position(options.textColumns().get(i), "--text-column", header, path);
    }
    int label =
        options.isLabelled() ? position(options.labelColumn(), "--label-column", header, path) : -1;
    return new Columns(header, List.of(texts), label);
  }

  /** The document and the class of a row. */
  ParsedRecord pick(List<String> row) throws BadRecordException {
    if (names != null && row.size() != names.size()) {
      throw new BadRecordException(
          0,
          Checks.format(
              "expected %d columns as the header has, found %d", names.size(), row.size()));
    }
    StringBuilder text = new StringBuilder();
    for (int column : texts) {
      text.append(text.isEmpty() ? "" : " ").append(value(row, column));
    }
    return ParsedRecord.ofDocument(text.toString(), label < 0 ? null : value(row, label));
  }

  private static String value(List<String> row, int column) throws BadRecordException {
    if (column >= row.size()) {
      throw new BadRecordException(
          0, Checks.format("expected at least %d columns, found %d", column + 1, row.size()));
    }
    return row.get(column);
  }

  /** A name goes before a number: a column may be called 1. */
  private static int position(String wanted, String option, List<String> header, String path)
      throws DataException {
    int named = header == null ? -1 : header.indexOf(wanted);
    if (named >= 0) {
      return named;
    }
    int number = wanted.matches("[1-9][0-9]{0,5}") ? Integer.parseInt(wanted) : 0;
    if (number == 0 || (header != null && number > header.size())) {
      throw new DataException(
          Checks.format(
              "Bad table %s: it has no column '%s' (%s); %s",
              path,
              wanted,
              option,
              header == null
                  ? "without a header columns are numbered from 1 on"
                  : "its header names " + header));
    }
    return number - 1;
  }
}
