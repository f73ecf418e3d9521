package tributary.datasets.source;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import tributary.datasets.Checks;

/**
 * One row of a table: cut at delimiters, and with quotes as RFC 4180 has them. A column that starts
 * with a quote ends with one; between them are delimiters, line feeds, and two quotes for one.
 */
final class DelimitedRow {
  private static final char QUOTE = '"';

  private final String text;
  private final char delimiter;
  private final List<String> columns = new ArrayList<>();
  private int at;

  private DelimitedRow(String text, char delimiter) {
    this.text = text;
    this.delimiter = delimiter;
  }

  /** The columns of a row of any text, quotes being letters like others. */
  static List<String> plain(String text, char delimiter) {
    return List.of(text.split(Pattern.quote(String.valueOf(delimiter)), -1));
  }

  /** The columns of a row with quotes. */
  static List<String> quoted(String text, char delimiter) throws BadRecordException {
    DelimitedRow row = new DelimitedRow(text, delimiter);
    do {
      row.columns.add(row.column());
    } while (row.at++ < text.length());
    return row.columns;
  }

  private String column() throws BadRecordException {
    if (at < text.length() && text.charAt(at) == QUOTE) {
      return quotedColumn();
    }
    int end = text.indexOf(delimiter, at);
    String column = text.substring(at, end < 0 ? text.length() : end);
    at += column.length();
    return column;
  }

  private String quotedColumn() throws BadRecordException {
    StringBuilder column = new StringBuilder();
    int from = at + 1;
    while (true) {
      int end = text.indexOf(QUOTE, from);
      if (end < 0) {
        throw bad("the quote that opens column %d is not closed", columns.size() + 1);
      }
      column.append(text, from, end);
      if (end + 1 == text.length() || text.charAt(end + 1) == delimiter) {
        at = end + 1;
        return column.toString();
      }
      if (text.charAt(end + 1) != QUOTE) {
        throw bad("text after the quote that closes column %d", columns.size() + 1);
      }
      column.append(QUOTE);
      from = end + 2;
    }
  }

  private BadRecordException bad(String format, Object... values) {
    int line = (int) text.substring(0, at).chars().filter(c -> c == '\n').count();
    return new BadRecordException(line, Checks.format(format, values));
  }

  /** Follows the bytes of a row over its lines, to see where it ends. */
  static final class Ending {
    private final char delimiter;
    private boolean quoted;
    private boolean broken;

    Ending(char delimiter) {
      this.delimiter = delimiter;
    }

    /** Whether a quote is open after what was seen, so that the next line belongs to the row. */
    boolean isOpen() {
      return quoted && !broken;
    }

    /** Whether what was seen can't be the beginning of a row. */
    boolean isBroken() {
      return broken;
    }

    /** Takes in the next line of the row. */
    void add(byte[] line) {
      boolean starts = !quoted;
      for (int i = 0; i < line.length && !broken; i++) {
        if (quoted) {
          if (line[i] == QUOTE) {
            boolean doubled = i + 1 < line.length && line[i + 1] == QUOTE;
            quoted = doubled;
            broken = !doubled && i + 1 < line.length && line[i + 1] != delimiter;
            i += doubled ? 1 : 0;
          }
        } else {
          quoted = starts && line[i] == QUOTE;
          starts = line[i] == delimiter;
        }
      }
    }
  }
}
