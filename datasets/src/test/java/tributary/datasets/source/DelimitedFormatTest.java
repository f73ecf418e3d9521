package tributary.datasets.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVParser;
import org.apache.commons.csv.CSVRecord;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tributary.datasets.DataException;
import tributary.datasets.Seeds;
import tributary.datasets.shard.Task;
import tributary.datasets.testing.TextData;

@Timeout(120)
class DelimitedFormatTest {
  private static final Configuration CONF = new Configuration();
  private static final String LETTERS = "ab ,;\"\né中\t";

  @TempDir Path folder;

  /** Another library reads the same columns, and finds rows at the same bytes. */
  @ParameterizedTest
  @ValueSource(chars = {',', ';', '\t'})
  void rowsAreThoseOfCommonsCsv(char delimiter) throws IOException {
    for (int seed = 0; seed < 200; seed++) {
      String table = table(seed, delimiter);
      Path file = TextData.write(folder.resolve("table.csv"), table);

      List<String> expected = new ArrayList<>();
      try (CSVParser parser =
          CSVParser.builder()
              .setInputStream(new ByteArrayInputStream(table.getBytes(StandardCharsets.UTF_8)))
              .setFormat(CSVFormat.RFC4180.builder().setDelimiter(delimiter).setQuote('"').get())
              .setCharset(StandardCharsets.UTF_8)
              .setTrackBytes(true)
              .get()) {
        for (CSVRecord row : parser) {
          expected.add(row.getBytePosition() + " " + row.toList());
        }
      }
      assertThat(rows(file, delimiter)).as("seed %d:\n%s", seed, table).isEqualTo(expected);
    }
  }

  @Test
  void aQuoteThatNobodyClosesSpoilsItsLineOnly() throws IOException {
    String table = "text,label\ngood,a\n\"open,b\nalso good,c\nlast,d\n";
    assertThat(read(table))
        .containsExactly(
            "11 good/a",
            "18 line 3: the quote that opens column 1 is not closed",
            "26 also good/c",
            "38 last/d");
  }

  @Test
  void textAfterAQuoteSpoilsTheLineThatItBeganIn() throws IOException {
    String table = "text,label\n\"two\nlines\"x,a\ngood,b\n";
    assertThat(read(table))
        .containsExactly(
            "11 line 2: the quote that opens column 1 is not closed", "16 lines\"x/a", "26 good/b");
  }

  @Test
  void aQuoteInTheMiddleIsALetter() throws IOException {
    assertThat(read("text,label\n5\" disk,a\n")).containsExactly("11 5\" disk/a");
  }

  @Test
  void tooFewColumnsAreToldByLineAndByte() throws IOException {
    assertThat(read("text,label\na,b\n\nonly one\n"))
        .containsExactly("11 a/b", "16 line 4: expected 2 columns as the header has, found 1");
  }

  @Test
  void linesBehindARowOfSeveralAreCountedRight() throws IOException {
    assertThat(read("text,label\n\"one\r\ntwo\",a\r\nbad\r\n"))
        .containsExactly(
            "11 one\ntwo/a", "25 line 4: expected 2 columns as the header has, found 1");
  }

  @Test
  void aByteThatIsNotUtf8IsBadByLineAndByte() throws IOException {
    byte[] table = "text,label\r\nok,a\r\ncaf\u00e9,b\r\n".getBytes(StandardCharsets.ISO_8859_1);
    assertThat(read(TextData.write(folder.resolve("t.csv"), table), TextOptions.DEFAULT))
        .containsExactly(
            "12 ok/a",
            "18 line 3: byte 21 is 0xe9, which is not UTF-8 here; name the encoding with"
                + " --charset");
    assertThat(read(folder.resolve("t.csv"), TextData.charset("ISO-8859-1")))
        .containsExactly("12 ok/a", "18 café/b");
  }

  @Test
  void aLineThatIsTooLongIsBadAndTheNextIsRead() throws IOException {
    Path file =
        TextData.write(folder.resolve("t.csv"), "text,label\n" + "x".repeat(60) + ",a\nok,b\n");
    assertThat(read(file, TextData.maxLineBytes(50)))
        .containsExactly(
            "11 line 2: 63 bytes, more than the 50 that may be (--max-line-bytes)", "74 ok/b");
  }

  @Test
  void aByteOrderMarkIsNoPartOfTheFirstName() throws IOException {
    assertThat(read("\ufefftext,label\na,b\n")).containsExactly("14 a/b");
  }

  @Test
  void columnsMayBeNumbersAndSeveral() throws IOException {
    Path file = TextData.write(folder.resolve("t.csv"), "id,title,body,class\n1,A,B,x\n");
    assertThat(read(file, TextData.columns("class", "title", "body"))).containsExactly("20 A B/x");
    assertThat(read(file, TextData.columns("4", "3"))).containsExactly("20 B/x");
    assertThat(read(file, TextData.noHeader("4", "1", "2")))
        .containsExactly("0 id title/class", "20 1 A/x");
    assertThat(read(file, TextData.columns("", "body"))).containsExactly("20 B/null");
  }

  @Test
  void aColumnThatIsNotThereEndsThePackingWithThoseThatAre() {
    Path file = TextData.write(folder.resolve("t.csv"), "id,title\n1,A\n");
    assertThatThrownBy(() -> read(file, TextOptions.DEFAULT))
        .isInstanceOf(DataException.class)
        .hasMessageContaining(
            "t.csv: it has no column 'text' (--text-column); its header names [id, title]");
    assertThatThrownBy(() -> read(file, TextData.columns("3", "title")))
        .hasMessageContaining("it has no column '3' (--label-column)");
    assertThatThrownBy(() -> read(file, TextData.noHeader("2", "title")))
        .hasMessageContaining("without a header columns are numbered from 1 on");
  }

  @Test
  void aLabelWithoutLettersIsBad() throws IOException {
    assertThat(read("text,label\na, \nb, x \n"))
        .containsExactly(
            "11 line 2: class: expected a name of visible letters, found ''", "15 b/x");
  }

  @Test
  void aDelimiterThatIsNoCharacterIsRefused() {
    Path file = TextData.write(folder.resolve("t.csv"), "text,label\n");
    assertThatThrownBy(
            () -> TextData.open(SourceFormat.CSV, TextData.delimiter(", "), file.toUri()))
        .isInstanceOf(DataException.class)
        .hasMessage("--delimiter: expected one ASCII character between columns, found ', '");
  }

  @Test
  void tabsComeWithoutQuotes() throws IOException {
    Path file = TextData.write(folder.resolve("t.tsv"), "label\ttext\nx\t\"quoted\" and, more\n");
    assertThat(read(file, SourceFormat.TSV, TextOptions.DEFAULT))
        .containsExactly("11 \"quoted\" and, more/x");
  }

  @Test
  void aTableWithoutRowsHasNone() throws IOException {
    assertThat(read("")).isEmpty();
    assertThat(read("text,label\n")).isEmpty();
  }

  private List<String> read(String table) throws IOException {
    return read(TextData.write(folder.resolve("t.csv"), table), TextOptions.DEFAULT);
  }

  private static List<String> read(Path file, TextOptions options) throws IOException {
    return read(file, SourceFormat.CSV, options);
  }

  private static List<String> read(Path file, SourceFormat format, TextOptions options)
      throws IOException {
    return TextRows.read(TextData.open(format, options, file.toUri()));
  }

  private static List<String> rows(Path file, char delimiter) throws IOException {
    TextOptions options = TextData.noHeader("", "1");
    DelimitedFormat format =
        new DelimitedFormat(Task.LANGUAGE_MODEL, options, delimiter, /* quotes= */ true);
    List<String> rows = new ArrayList<>();
    try (RecordFile records = new RecordFile(file.toString(), format, 1 << 20, CONF)) {
      for (TextRecord row = records.next(); row != null; row = records.next()) {
        List<String> lines =
            row.lines().stream().map(l -> new String(l.bytes(), StandardCharsets.UTF_8)).toList();
        rows.add(row.offset() + " " + DelimitedRow.quoted(String.join("\n", lines), delimiter));
      }
    } catch (BadRecordException e) {
      throw new AssertionError(e);
    }
    return rows;
  }

  /** Rows of random columns, none of them blank altogether; quoted where it must be, or may. */
  private static String table(int seed, char delimiter) {
    SplittableRandom random = Seeds.random(seed, delimiter);
    StringBuilder table = new StringBuilder();
    int rows = random.nextInt(1, 30);
    for (int row = 0; row < rows; row++) {
      table.append('r').append(row);
      int columns = random.nextInt(4);
      for (int column = 0; column < columns; column++) {
        StringBuilder text = new StringBuilder();
        int letters = random.nextInt(8);
        for (int i = 0; i < letters; i++) {
          text.append(LETTERS.charAt(random.nextInt(LETTERS.length())));
        }
        boolean must = text.chars().anyMatch(c -> c == '"' || c == '\n' || c == delimiter);
        table.append(delimiter);
        table.append(
            must || random.nextInt(3) == 0
                ? "\"" + text.toString().replace("\"", "\"\"") + "\""
                : text);
      }
      table.append(random.nextBoolean() ? "\n" : "\r\n");
    }
    return table.toString();
  }
}
