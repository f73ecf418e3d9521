package tributary.driver.cli;

import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import tributary.datasets.Checks;
import tributary.datasets.source.TextOptions;
import tributary.datasets.text.TextSettings;
import tributary.datasets.text.VocabularySettings;

/** Options that say how text lies in files, and which vocabulary is learned of it. */
final class TextMixin {
  @Option(
      names = "--text-column",
      split = ",",
      defaultValue = "text",
      paramLabel = "COLUMN",
      description =
          "Of csv, tsv and jsonl: the columns whose texts, joined by a blank, are the document; by"
              + " name, or of tables by number from 1 on (default ${DEFAULT-VALUE}).")
  private List<String> textColumns;

  @Option(
      names = "--label-column",
      defaultValue = "label",
      paramLabel = "COLUMN",
      description =
          "Of csv, tsv and jsonl: the column of the class; '' if documents have none and are for a"
              + " language model (default ${DEFAULT-VALUE}).")
  private String labelColumn;

  @Option(
      names = "--no-header",
      description = "Of csv and tsv: the first line is a row, and columns have numbers only.")
  private boolean noHeader;

  @Option(
      names = "--delimiter",
      paramLabel = "TEXT",
      description =
          "What is between columns (default: a comma for csv, a tab for tsv) or between the texts"
              + " of pairs (default: a tab).")
  private String delimiter;

  @Option(
      names = "--charset",
      defaultValue = "UTF-8",
      paramLabel = "NAME",
      description = "Encoding of text, such as ISO-8859-1 (default ${DEFAULT-VALUE}).")
  private String charset;

  @Option(
      names = "--max-line-bytes",
      defaultValue = "1048576",
      paramLabel = "N",
      description = "A longer line of text is a bad example (default ${DEFAULT-VALUE}).")
  private int maxLineBytes;

  @Option(
      names = "--vocabulary",
      paramLabel = "KIND[:SIZE]",
      description =
          "Of text: characters, words, forms (words, and of rare ones how they are written and end)"
              + " or bpe (byte-pair encoding), and how many numbers it may have (default:"
              + " words:20000; for pairs and language models characters:20000).")
  private Optional<String> vocabulary = Optional.empty();

  @Option(
      names = "--target-vocabulary",
      paramLabel = "KIND[:SIZE]",
      description = "The same of the second texts of pairs (default: characters:20000).")
  private Optional<String> targetVocabulary = Optional.empty();

  @Option(
      names = "--lower-case",
      description = "Vocabularies take upper and lower case as the same; shards keep the text.")
  private boolean lowerCase;

  /**
   * How text lies in files.
   *
   * @param spec of the command that has these options, for errors
   */
  TextOptions options(CommandSpec spec) {
    require(
        spec,
        TextOptions.isCharset(charset),
        "--charset: expected an encoding that Java knows and that has ASCII's bytes, found "
            + charset);
    require(
        spec,
        maxLineBytes >= 1,
        "--max-line-bytes: expected a whole number >= 1, found " + maxLineBytes);
    require(spec, !textColumns.isEmpty(), "--text-column: expected a column");
    return new TextOptions(textColumns, labelColumn, delimiter, !noHeader, charset, maxLineBytes);
  }

  /**
   * Which vocabularies are learned.
   *
   * @param spec of the command that has these options, for errors
   */
  TextSettings settings(CommandSpec spec) {
    return new TextSettings(
        vocabulary("--vocabulary", vocabulary, spec),
        vocabulary("--target-vocabulary", targetVocabulary, spec),
        lowerCase);
  }

  /** What the user wrote of the vocabulary; "none" if nothing. */
  String namedVocabulary() {
    return vocabulary.orElse("none");
  }

  /** Null if nobody says which. */
  private VocabularySettings vocabulary(String option, Optional<String> text, CommandSpec spec) {
    if (text.isEmpty()) {
      return null;
    }
    return VocabularySettings.parse(text.get(), lowerCase)
        .orElseThrow(
            () ->
                usage(
                    spec,
                    Checks.format(
                        "%s: expected characters, words, forms or bpe, and perhaps a size of 5 to %d,"
                            + " such as words:20000, found '%s'",
                        option, VocabularySettings.MAX_SIZE, text.get())));
  }

  private static void require(CommandSpec spec, boolean ok, String message) {
    if (!ok) {
      throw usage(spec, message);
    }
  }

  private static ParameterException usage(CommandSpec spec, String message) {
    return new ParameterException(spec.commandLine(), message);
  }
}
