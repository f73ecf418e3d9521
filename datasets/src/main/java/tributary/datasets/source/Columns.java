package tributary.datasets.source;

import java.util.List;
import tributary.datasets.Checks;
import tributary.datasets.DataException;
import tributary.datasets.shard.Task;

/**
 * Where a table has what is wanted of it.
 *
 * @param task what rows are for
 * @param names of the columns; null if the table has no header
 * @param texts positions of the columns of the document
 * @param beside position of its class, or of the image that it describes; -1 if there is neither
 */
record Columns(Task task, List<String> names, List<Integer> texts, int beside) {
  /**
   * Looks the user's columns up.
   *
   * @param header names of the columns; null if the table has none
   * @param path of the table, for the error
   */
  static Columns of(Task task, TextOptions options, List<String> header, String path)
      throws DataException {
    Integer[] texts = new Integer[options.textColumns().size()];
    for (int i = 0; i < texts.length; i++) {
      texts[i] = position(options.textColumns().get(i), "--text-column", header, path);
    }
    String beside = options.columnBeside(task);
    String option = task == Task.CAPTIONING ? "--image-column" : "--label-column";
    return new Columns(
        task,
        header,
        List.of(texts),
        beside.isEmpty() ? -1 : position(beside, option, header, path));
  }

  /** What a row says. */
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
    return ParsedRecord.ofRow(task, text.toString(), beside < 0 ? null : value(row, beside));
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
