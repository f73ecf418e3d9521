package tributary.datasets.source;

import java.util.ArrayList;
import java.util.List;
import java.util.StringTokenizer;
import tributary.datasets.Checks;
import tributary.datasets.shard.Task;

/**
 * A sentence a line, its tokens written {@code word/tag} with blanks between them, as in the Brown
 * corpus: the tag comes after the last slash, so that a word may hold one.
 *
 * @param options encoding and length of lines
 */
record TaggedFormat(TextOptions options) implements RecordFormat, RecordParser {
  private static final String BLANKS = " \t\r";

  @Override
  public Task task() {
    return Task.TAGGING;
  }

  @Override
  public RecordParser parser(LineReader lines) {
    return this;
  }

  @Override
  public ParsedRecord parse(TextRecord row) throws BadRecordException {
    String line = options.decoder().decode(row.lines().get(0), 0, options.maxLineBytes());
    List<String> words = new ArrayList<>();
    List<String> tags = new ArrayList<>();
    for (StringTokenizer tokens = new StringTokenizer(line, BLANKS); tokens.hasMoreTokens(); ) {
      String token = tokens.nextToken();
      int slash = token.lastIndexOf('/');
      if (slash < 1 || slash == token.length() - 1) {
        throw new BadRecordException(
            0,
            Checks.format(
                "token %d: expected word/tag, found '%s'", words.size() + 1, shortened(token)));
      }
      words.add(token.substring(0, slash));
      tags.add(token.substring(slash + 1));
    }
    return ParsedRecord.ofTags(words, tags);
  }

  private static String shortened(String token) {
    return token.length() <= 40 ? token : token.substring(0, 40) + "…";
  }
}
