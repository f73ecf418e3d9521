package tributary.datasets.source;

import tributary.datasets.shard.Task;

/**
 * A document a line, for language models; lines of blanks are none.
 *
 * @param options encoding and length of lines
 */
record PlainLinesFormat(TextOptions options) implements RecordFormat, RecordParser {
  @Override
  public Task task() {
    return Task.LANGUAGE_MODEL;
  }

  @Override
  public RecordParser parser(LineReader lines) {
    return this;
  }

  @Override
  public ParsedRecord parse(TextRecord row) throws BadRecordException {
    return ParsedRecord.ofDocument(
        options.decoder().decode(row.lines().get(0), 0, options.maxLineBytes()), null);
  }
}
