package tributary.datasets.source;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import tributary.datasets.Checks;
import tributary.datasets.DataException;
import tributary.datasets.shard.Task;

/**
 * Tables with a document a row, and perhaps its class; or with a caption and its image.
 *
 * <p>With quotes, rows are those of RFC 4180, and may have several lines. When a row is bad, only
 * its first line is: the next is tried as a row of its own, so that a quote that nobody closed does
 * not take the rest of the file with it. Without quotes a row is a line.
 *
 * @param task what rows are for
 * @param options which columns
 * @param delimiter between them, an ASCII character
 * @param quotes whether quotes mean something
 */
record DelimitedFormat(Task task, TextOptions options, char delimiter, boolean quotes)
    implements RecordFormat {
  /** Tables of that format, with the user's delimiter if there is one. */
  static DelimitedFormat of(Task task, TextOptions options, String ownDelimiter, boolean quotes)
      throws DataException {
    String delimiter = options.delimiterOr(ownDelimiter);
    if (delimiter.length() != 1 || delimiter.charAt(0) >= 128 || "\"\n\r\0".contains(delimiter)) {
      throw new DataException(
          Checks.format(
              "--delimiter: expected one ASCII character between columns, found '%s'", delimiter));
    }
    return new DelimitedFormat(task, options, delimiter.charAt(0), quotes);
  }

  @Override
  public RecordParser parser(LineReader lines) throws IOException {
    Table table = new Table(null);
    if (!options.header()) {
      return new Table(Columns.of(task, options, null, lines.path()));
    }
    TextRecord first = table.next(lines);
    if (first == null) {
      // No header and no rows: an empty file is not a bad one.
      return table;
    }
    try {
      List<String> names = table.cut(first).stream().map(String::strip).toList();
      return new Table(Columns.of(task, options, names, lines.path()));
    } catch (BadRecordException e) {
      throw new DataException(
          Checks.format("Bad table %s: its header: %s", lines.path(), e.getMessage()), e);
    }
  }

  /** The rows of one file. */
  private final class Table implements RecordParser {
    private final Columns columns;

    Table(Columns columns) {
      this.columns = columns;
    }

    @Override
    public TextRecord next(LineReader lines) throws IOException {
      TextRecord first = RecordParser.super.next(lines);
      return first == null || !quotes || first.lines().get(0).isTooLong()
          ? first
          : new TextRecord(joined(first.lines().get(0), lines));
    }

    @Override
    public ParsedRecord parse(TextRecord row) throws BadRecordException {
      return columns.pick(cut(row));
    }

    /** A line and those that its quotes run over; or it alone if they do not make a row. */
    private List<Line> joined(Line first, LineReader lines) throws IOException {
      List<Line> row = new ArrayList<>(List.of(first));
      DelimitedRow.Ending ending = new DelimitedRow.Ending(delimiter);
      ending.add(first.bytes());
      long bytes = first.length();
      while (ending.isOpen() && bytes <= lines.maxLineBytes()) {
        Line line = lines.next();
        if (line == null) {
          break;
        }
        row.add(line);
        bytes += line.length();
        if (line.isTooLong()) {
          break;
        }
        ending.add(line.bytes());
      }
      if (ending.isOpen() || ending.isBroken()) {
        lines.giveBack(row.subList(1, row.size()));
        return List.of(first);
      }
      return row;
    }

    private List<String> cut(TextRecord row) throws BadRecordException {
      List<String> lines = new ArrayList<>();
      for (Line line : row.lines()) {
        lines.add(options.decoder().decode(line, lines.size(), options.maxLineBytes()));
      }
      String text = String.join("\n", lines);
      return quotes ? DelimitedRow.quoted(text, delimiter) : DelimitedRow.plain(text, delimiter);
    }
  }
}
