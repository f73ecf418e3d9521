package tributary.datasets.source;

import java.io.IOException;

/** The records of one file. */
interface RecordParser {
  /**
   * Cuts off the next record, good or bad; null after the last. Lines of blanks between records are
   * skipped. Which lines are in a record depends on the file from there on alone, so that reading
   * may begin at any record.
   */
  default TextRecord next(LineReader lines) throws IOException {
    Line line = lines.next();
    while (line != null && line.isBlank()) {
      line = lines.next();
    }
    return line == null ? null : TextRecord.of(line);
  }

  /** What a record says. */
  ParsedRecord parse(TextRecord lines) throws BadRecordException;
}
