package tributary.datasets.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import tributary.datasets.DataException;
import tributary.datasets.shard.MissingDatasetException;
import tributary.datasets.shard.Task;
import tributary.datasets.testing.LocalPack;
import tributary.datasets.testing.TextData;

@Timeout(120)
class TextSourcesTest {
  private static final TextOptions OPTIONS = TextOptions.DEFAULT;

  @TempDir Path folder;

  @Test
  void jsonLinesGiveFieldsByName() throws IOException {
    String text =
        """
        {"text": "caf\\u00e9 \\"x\\"", "other": {"text": [1]}, "label": "a"}

        {"label": 3, "text": true}
        """;
    assertThat(read(SourceFormat.JSONL, OPTIONS, text))
        .containsExactly("0 café \"x\"/a", "67 true/3");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '\u0001',
      textBlock =
          """
          {"text": "a", "label": "b" | line 2: no JSON at character
          {"text": "a", "label": "b"} x | line 2: no JSON at character 30: Unrecognized token
          {"text": "a", "label": "b"}{} | line 2: expected one JSON object, found more after it
          ["a", "b"] | line 2: expected a JSON object, found START_ARRAY
          {"text": "a"} | line 2: the object has no field 'label'
          {"text": null, "label": "b"} | line 2: field 'text': expected a text, a number or a boolean
          {"text": ["a"], "label": "b"} | line 2: field 'text': expected a text, a number or a boolean
          {"text": "a", "text": "c", "label": "b"} | Duplicate field 'text'
          {"text": "a\\u0000", "label": "b"} | line 2: the text has a NUL
          {"text": "\\ud800", "label": "b"} | line 2: the text has half of a surrogate pair
          {"text": "a", "label": "\\n"} | line 2: class: expected a name of visible letters
          x | line 2: no JSON at character
          """)
  void brokenJsonIsBadByLineAndByte(String line, String reason) throws IOException {
    String good = "{\"text\": \"a\", \"label\": \"b\"}\n";
    List<String> told = read(SourceFormat.JSONL, OPTIONS, good + line + "\n" + good);

    assertThat(told).hasSize(3);
    assertThat(told.get(0)).isEqualTo("0 a/b");
    assertThat(told.get(1)).startsWith("28 ").contains(reason);
    assertThat(told.get(2)).endsWith(" a/b");
  }

  @Test
  void taggedWordsAreCutAtTheirLastSlash() throws IOException {
    String text = "\n\n\tThe/at 1/2/cd\tend/nn ./.\n\n\nNext/ap one/cd\n";
    assertThat(read(SourceFormat.TAGGED, OPTIONS, text))
        .containsExactly("2 at\ncd\nnn\n.|The\n1/2\nend\n./null", "30 ap\ncd|Next\none/null");
  }

  @ParameterizedTest
  @CsvSource({"word", "/tag", "word/", "/"})
  void aTokenWithoutTagIsBadByLineAndByte(String token) throws IOException {
    assertThat(read(SourceFormat.TAGGED, OPTIONS, "a/b\nc/d " + token + " e/f\ng/h\n"))
        .containsExactly(
            "0 b|a/null",
            "4 line 2: token 2: expected word/tag, found '" + token + "'",
            Integer.toString(13 + token.length()) + " h|g/null");
  }

  @Test
  void sentencesOfConlluHaveTheirWordsAndUniversalTags() throws IOException {
    String text =
        conllu("# text = vámonos al mar")
            + conllu("1-2 vámonos _ _ _ _ _ _ _ _")
            + conllu("1 vamos ir VERB _ _ 0 root _ _")
            + conllu("2 nos nosotros PRON _ _ 1 obj _ _")
            + conllu("2.1 fui ir VERB _ _ _ _ _ _")
            + conllu("3 mar mar NOUN _ _ 1 obl _ _")
            + "\n# only a comment\n\n"
            + conllu("1 Sí sí INTJ _ _ 0 root _ _");
    List<String> told = read(SourceFormat.CONLLU, OPTIONS, text);

    assertThat(told).hasSize(2);
    assertThat(told.get(0)).isEqualTo("0 VERB\nPRON\nNOUN|vamos\nnos\nmar/null");
    assertThat(told.get(1)).endsWith(" INTJ|Sí/null");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          2 b b NOUN _ _ 0 root _      | line 5: expected 10 columns with tabs between them, found 9
          3 b b NOUN _ _ 0 root _ _    | line 5: ID: expected 2, found '3'
          2 b b _ _ _ 0 root _ _       | line 5: UPOS: expected a tag, found '_'
          x b b NOUN _ _ 0 root _ _    | line 5: ID: expected 2, found 'x'
          """)
  void aBrokenLineOfASentenceIsToldByItsNumber(String line, String reason) throws IOException {
    String good = conllu("1 a a NOUN _ _ 0 root _ _");
    List<String> told =
        read(SourceFormat.CONLLU, OPTIONS, good + "\n# bad\n" + good + conllu(line) + "\n" + good);

    assertThat(told).hasSize(3);
    assertThat(told.get(1)).isEqualTo((good.length() + 1) + " " + reason);
    assertThat(told.get(2)).endsWith(" NOUN|a/null");
  }

  @Test
  void aSentenceLongerThanALineMayBeIsNotHeldInMemory() throws IOException {
    String word = conllu("1 a a NOUN _ _ 0 root _ _");
    assertThat(
            read(
                SourceFormat.CONLLU,
                TextData.maxLineBytes(100),
                word.repeat(6) + "\n" + word + "\n"))
        .containsExactly(
            "0 line 1: 156 bytes, more than the 100 that may be (--max-line-bytes)",
            "157 NOUN|a/null");
  }

  @Test
  void pairsAreCutAtTheirFirstDelimiter() throws IOException {
    assertThat(read(SourceFormat.PAIRS, OPTIONS, "a\tb\tc\nno pair\n\td\n"))
        .containsExactly(
            "0 a|b\tc/null",
            "6 line 2: expected a pair with '\t' between its texts, found none",
            "14 line 3: the first text of the pair is empty");
    assertThat(read(SourceFormat.PAIRS, TextData.delimiter("  "), "TEXT  T EH1 K S T\n"))
        .containsExactly("0 TEXT|T EH1 K S T/null");
  }

  @Test
  void plainLinesAreDocuments() throws IOException {
    assertThat(read(SourceFormat.LINES, OPTIONS, "one\r\n \r\ntwo"))
        .containsExactly("0 one/null", "8 two/null");
  }

  @Test
  void documentsLieInClassFolders() throws IOException {
    TextData.write(folder.resolve("mail/spam/2.txt"), "\ufeffbuy\r\nnow\r\n");
    TextData.write(folder.resolve("mail/spam/1.txt"), "");
    TextData.write(folder.resolve("mail/ham/deep/er/3.txt"), "hello");
    TextData.write(folder.resolve("mail/ham/bad.txt"), new byte[] {'a', (byte) 0xe9, 'b'});
    TextData.write(folder.resolve("mail/ham/packed.gz"), TextData.gzip(new byte[] {'z'}));
    TextData.write(folder.resolve("mail/ham/.hidden"), "x");
    TextData.write(folder.resolve("mail/README"), "x");
    ExampleSource source = open(SourceFormat.TEXT_FOLDER, "mail");

    assertThat(source.task()).isEqualTo(Task.TEXT_CLASSIFICATION);
    assertThat(source.isGrouped()).isTrue();
    assertThat(LocalPack.rows(source))
        .extracting(Row::name)
        .containsExactly(
            "train/ham/bad.txt",
            "train/ham/deep/er/3.txt",
            "train/ham/packed.gz",
            "train/spam/1.txt",
            "train/spam/2.txt");
    assertThat(TextRows.read(source))
        .containsExactly(
            "0 byte 1 is 0xe9, which is not UTF-8 here; name the encoding with --charset",
            "0 hello/ham",
            "0 z/ham",
            "0 /spam",
            "0 buy\nnow\n/spam");
  }

  @Test
  void foldersAndFilesNamedBySplitsAreTheSplits() throws IOException {
    for (String name : List.of("train-1.csv", "train-0.csv", "test.csv", "dev.csv", "notes.txt")) {
      TextData.write(folder.resolve("tables").resolve(name), "text,label\n" + name + ",x\n");
    }
    ExampleSource source = open(SourceFormat.CSV, "tables");

    assertThat(source.parts())
        .extracting(Part::split)
        .containsExactly("train", "train", "validation", "test");
    assertThat(TextRows.read(source))
        .containsExactly("11 train-0.csv/x", "11 train-1.csv/x", "11 dev.csv/x", "11 test.csv/x");
  }

  @Test
  void aClassThatIsCalledTrainIsNotTakenForASplit() throws IOException {
    for (String name : List.of("train", "plane", "ship")) {
      TextData.write(folder.resolve("travel").resolve(name).resolve("a.txt"), name);
    }
    assertThatThrownBy(() -> open(SourceFormat.TEXT_FOLDER, "travel"))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("travel holds [train] and [plane, ship]: name each split")
        .hasMessageContaining("write --input train=");
    ExampleSource source =
        SourceFormat.TEXT_FOLDER.open(
            new SourceOptions(
                List.of(new SourceOptions.Input(Optional.of("train"), folder + "/travel")),
                List.of(),
                OPTIONS),
            new Configuration());
    assertThat(TextRows.read(source))
        .containsExactly("0 plane/plane", "0 ship/ship", "0 train/train");
  }

  @Test
  void withoutATrainEntryAllIsTrain() throws IOException {
    TextData.write(folder.resolve("texts/a.txt"), "one");
    TextData.write(folder.resolve("texts/test.txt"), "two");
    assertThat(open(SourceFormat.DOCUMENTS, "texts").parts())
        .extracting(Part::split)
        .containsExactly("train");
    assertThat(TextRows.read(open(SourceFormat.DOCUMENTS, "texts")))
        .containsExactly("0 one/null", "0 two/null");
    assertThat(TextRows.read(open(SourceFormat.DOCUMENTS, "texts/test.txt")))
        .containsExactly("0 two/null");
  }

  @Test
  void globsNameFilesAndSplitsMayBeSaid() throws IOException {
    for (String name : List.of("ca01", "cb01", "cats.txt")) {
      TextData.write(folder.resolve(name), name + "/nn\n");
    }
    ExampleSource source =
        SourceFormat.TAGGED.open(
            new SourceOptions(
                List.of(
                    new SourceOptions.Input(Optional.of("train"), folder + "/c[a-z]01"),
                    new SourceOptions.Input(Optional.of("test"), folder + "/ca01")),
                List.of(),
                OPTIONS),
            new Configuration());
    assertThat(source.parts()).extracting(Part::split).containsExactly("train", "train", "test");
  }

  @Test
  void whatIsMissingIsNamed() {
    assertThatThrownBy(() -> open(SourceFormat.LINES, "nowhere"))
        .isInstanceOf(MissingDatasetException.class)
        .hasMessageContaining("nowhere, as user ")
        .hasMessageContaining("--input names what is to be packed");
    TextData.write(folder.resolve("flat/a.txt"), "x");
    assertThatThrownBy(() -> open(SourceFormat.TEXT_FOLDER, "flat"))
        .isInstanceOf(MissingDatasetException.class)
        .hasMessageContaining("expected FOLDER/class/files or FOLDER/split/class/files");
  }

  @Test
  void rowsAreReadInAnyOrder() throws IOException {
    StringBuilder table = new StringBuilder("text,label\n");
    for (int i = 0; i < 3_000; i++) {
      String text = "\"row " + i + (i % 7 == 0 ? "\n" : " ") + "x".repeat(i % 200) + "\"";
      table.append(i % 500 == 3 ? "broken" : text + ",c" + i % 3).append('\n');
    }
    byte[] bytes = table.toString().getBytes(StandardCharsets.UTF_8);
    TextData.write(folder.resolve("plain.csv"), bytes);
    TextData.write(folder.resolve("packed.csv.gz"), TextData.gzip(bytes));
    ExampleSource plain = open(SourceFormat.CSV, "plain.csv");
    ExampleSource packed = open(SourceFormat.CSV, "packed.csv.gz");
    List<Row> rows = LocalPack.rows(plain);
    assertThat(LocalPack.rows(packed)).isEqualTo(rows);
    List<String> inOrder = TextRows.read(plain);
    assertThat(TextRows.read(packed)).isEqualTo(inOrder);
    assertThat(inOrder).filteredOn(told -> told.contains("line ")).hasSize(6);

    List<Integer> places = new ArrayList<>();
    for (int i = 0; i < rows.size(); i += 97) {
      places.add(i);
    }
    Collections.shuffle(places, new Random(5));
    for (ExampleSource source : List.of(plain, packed)) {
      assertThat(TextRows.read(source, places.stream().map(rows::get).toList()))
          .isEqualTo(places.stream().map(inOrder::get).toList());
    }
  }

  @Test
  void aFileThatChangesBetweenListingAndReadingIsNoticed() throws IOException {
    TextData.write(folder.resolve("a.txt"), "first\nsecond\n");
    ExampleSource source = open(SourceFormat.LINES, "a.txt");
    List<Row> rows = LocalPack.rows(source);
    TextData.write(folder.resolve("a.txt"), "other first\nsecond\n");

    assertThatThrownBy(() -> TextRows.read(source, rows.subList(1, 2)))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("a.txt has changed since it was listed");
  }

  @ParameterizedTest
  @EnumSource(
      value = SourceFormat.class,
      names = {"CSV", "TSV", "JSONL", "TAGGED", "CONLLU", "PAIRS", "LINES", "DOCUMENTS"})
  void everySourceCanBeSentToTasks(SourceFormat format) throws IOException {
    TextData.write(folder.resolve("a"), "text\tlabel,text,label\n");
    ExampleSource source =
        TextData.open(format, TextData.noHeader("1", "1"), folder.resolve("a").toUri());
    try (ObjectOutputStream out = new ObjectOutputStream(new ByteArrayOutputStream())) {
      out.writeObject(source);
    }
  }

  private static String conllu(String columns) {
    return (columns.startsWith("#") ? columns : columns.replace(' ', '\t')) + "\n";
  }

  private List<String> read(SourceFormat format, TextOptions options, String text)
      throws IOException {
    Path file = TextData.write(folder.resolve("input.txt"), text);
    return TextRows.read(TextData.open(format, options, file.toUri()));
  }

  private ExampleSource open(SourceFormat format, String path) throws IOException {
    return TextData.open(format, OPTIONS, folder.resolve(path).toUri());
  }
}
