package tributary.datasets.source;

import tributary.datasets.Checks;
import tributary.datasets.shard.Task;

/**
 * A pair a line: a sequence, a delimiter, and what the sequence becomes. The line is cut at the
 * first delimiter, so that the second text may hold more of them; blanks around both are dropped.
 *
 * <p>Two files with one text of a pair on each line become such a file by {@code paste a b}.
 *
 * @param options encoding and length of lines
 * @param delimiter one or more characters
 */
record PairsFormat(TextOptions options, String delimiter) implements RecordFormat, RecordParser {
  @Override
  public Task task() {
    return Task.PAIRS;
  }

  @Override
  public RecordParser parser(LineReader lines) {
    return this;
  }

  @Override
  public ParsedRecord parse(TextRecord row) throws BadRecordException {
    String line = options.decoder().decode(row.lines().get(0), 0, options.maxLineBytes());
    int end = line.indexOf(delimiter);
    if (end < 0) {
      throw new BadRecordException(
          0, Checks.format("expected a pair with '%s' between its texts, found none", delimiter));
    }
    String source = line.substring(0, end).strip();
    String target = line.substring(end + delimiter.length()).strip();
    if (source.isEmpty() || target.isEmpty()) {
      throw new BadRecordException(
          0,
          Checks.format("the %s text of the pair is empty", source.isEmpty() ? "first" : "second"));
    }
    return ParsedRecord.ofPair(source, target);
  }
}
