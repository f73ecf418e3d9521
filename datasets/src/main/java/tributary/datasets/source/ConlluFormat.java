package tributary.datasets.source;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import tributary.datasets.Checks;
import tributary.datasets.shard.Task;

/**
 * Sentences in the CoNLL-U format of Universal Dependencies
 * (https://universaldependencies.org/format.html): a word a line in ten columns, a blank line after
 * each sentence. Taken are the columns FORM and UPOS of the words; comments, ranges of tokens that
 * are written as one ({@code 1-2}) and empty nodes ({@code 5.1}) are skipped.
 *
 * @param options encoding of the file; a sentence may be as long as a line
 */
record ConlluFormat(TextOptions options) implements RecordFormat, RecordParser {
  private static final int COLUMNS = 10;
  private static final int ID = 0;
  private static final int FORM = 1;
  private static final int UPOS = 3;
  private static final String UNSPECIFIED = "_";
  private static final Pattern RANGE_OR_EMPTY = Pattern.compile("[0-9]+[-.][0-9]+");

  @Override
  public Task task() {
    return Task.TAGGING;
  }

  @Override
  public RecordParser parser(LineReader lines) {
    return this;
  }

  /** The lines up to the next blank one; if they are all comments, they are no sentence. */
  @Override
  public TextRecord next(LineReader lines) throws IOException {
    TextRecord first = RecordParser.super.next(lines);
    while (first != null) {
      Sentence sentence = new Sentence(lines.maxLineBytes());
      for (Line line = first.lines().get(0); line != null && !line.isBlank(); line = lines.next()) {
        sentence.add(line);
      }
      if (sentence.hasWords()) {
        return sentence.record();
      }
      first = RecordParser.super.next(lines);
    }
    return null;
  }

  @Override
  public ParsedRecord parse(TextRecord sentence) throws BadRecordException {
    List<String> words = new ArrayList<>();
    List<String> tags = new ArrayList<>();
    for (int i = 0; i < sentence.lines().size(); i++) {
      String line = options.decoder().decode(sentence.lines().get(i), i, options.maxLineBytes());
      if (line.startsWith("#")) {
        continue;
      }
      String[] columns = line.split("\t", -1);
      if (columns.length != COLUMNS) {
        throw bad(
            i, "expected %d columns with tabs between them, found %d", COLUMNS, columns.length);
      }
      if (!RANGE_OR_EMPTY.matcher(columns[ID]).matches()) {
        addWord(columns, i, words, tags);
      }
    }
    return ParsedRecord.ofTags(words, tags);
  }

  private static void addWord(String[] columns, int line, List<String> words, List<String> tags)
      throws BadRecordException {
    if (!columns[ID].equals(Integer.toString(words.size() + 1))) {
      throw bad(line, "ID: expected %d, found '%s'", words.size() + 1, columns[ID]);
    }
    if (columns[FORM].isEmpty()) {
      throw bad(line, "FORM: expected a word, found nothing");
    }
    if (columns[UPOS].isBlank() || columns[UPOS].equals(UNSPECIFIED)) {
      throw bad(line, "UPOS: expected a tag, found '%s'", columns[UPOS]);
    }
    words.add(columns[FORM]);
    tags.add(columns[UPOS]);
  }

  private static BadRecordException bad(int line, String format, Object... values) {
    return new BadRecordException(line, Checks.format(format, values));
  }

  /** Collects the lines of a sentence as long as they are not too many. */
  private static final class Sentence {
    private final int maxBytes;
    private final List<Line> lines = new ArrayList<>();
    private long offset = -1;
    private long length;
    private boolean words;

    Sentence(int maxBytes) {
      this.maxBytes = maxBytes;
    }

    void add(Line line) {
      offset = offset < 0 ? line.offset() : offset;
      length = line.offset() + line.length() - offset;
      words |= line.isTooLong() || line.bytes()[0] != '#';
      if (length > maxBytes) {
        lines.clear();
      } else {
        lines.add(line);
      }
    }

    boolean hasWords() {
      return words;
    }

    TextRecord record() {
      return length > maxBytes
          ? TextRecord.of(new Line(offset, length, null))
          : new TextRecord(lines);
    }
  }
}
