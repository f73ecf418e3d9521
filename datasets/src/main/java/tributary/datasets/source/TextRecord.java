package tributary.datasets.source;

import java.util.List;

/**
 * The lines of one example: one as a rule, several if quotes or the format say so.
 *
 * @param lines at least one, in order
 */
record TextRecord(List<Line> lines) {
  TextRecord {
    lines = List.copyOf(lines);
  }

  /** A record of one line. */
  static TextRecord of(Line line) {
    return new TextRecord(List.of(line));
  }

  /** Byte of the file where it starts. */
  long offset() {
    return lines.get(0).offset();
  }

  /** Its bytes in the file, with all line feeds. */
  long length() {
    Line last = lines.get(lines.size() - 1);
    return last.offset() + last.length() - offset();
  }
}
