package tributary.datasets.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.stream.Collectors;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tributary.datasets.DataException;
import tributary.datasets.shard.Dataset;
import tributary.datasets.shard.LabelledExample;
import tributary.datasets.shard.Manifest;
import tributary.datasets.shard.Task;
import tributary.datasets.shard.TokenKind;
import tributary.datasets.testing.Folders;
import tributary.datasets.testing.LocalPack;
import tributary.datasets.testing.TextData;
import tributary.datasets.text.TextFields;
import tributary.datasets.text.TextSettings;
import tributary.datasets.text.Vocabulary;
import tributary.datasets.text.VocabularySettings;

@Timeout(120)
class TextPackingTest {
  private static final PackSettings SETTINGS = PackSettings.of(2, 1);

  @TempDir Path folder;

  @Test
  void documentsAndTheirClassesComeOutOfShardsAsTheyWere() throws IOException {
    TextData.write(
        folder.resolve("in/train.csv"),
        "text,label\ncafe\u0301 noir,b\n\"two\nlines\",a\n,b\nnoir x,a\n");
    TextData.write(folder.resolve("in/test.csv"), "text,label\nunseen noir,b\n");
    Manifest manifest = pack(SourceFormat.CSV, "in", SETTINGS);

    assertThat(manifest.task()).isEqualTo(Task.TEXT_CLASSIFICATION);
    assertThat(manifest.classes()).containsExactly("a", "b");
    assertThat(manifest.examplesPerShard("train")).containsExactly(2, 2);
    assertThat(read("train", 0)).isEqualTo(Map.of("txt", "caf\u00e9 noir", "cls", "1"));
    assertThat(read("train", 1)).isEqualTo(Map.of("txt", "two\nlines", "cls", "0"));
    assertThat(read("train", 2)).isEqualTo(Map.of("txt", "", "cls", "1"));
    assertThat(read("test", 0)).isEqualTo(Map.of("txt", "unseen noir", "cls", "1"));
    assertThat(manifest.text().target()).isNull();
    assertThat(manifest.text().vocabulary().tokens())
        .as("of train alone, the most frequent first")
        .containsExactly("noir", "caf\u00e9", "lines", "two", "x");
  }

  @Test
  void theManifestKeepsTheVocabulary() throws IOException {
    TextData.write(folder.resolve("in/a.txt"), "low lower lowest\nslow\n");
    TextSettings wanted =
        new TextSettings(VocabularySettings.parse("bpe:20", true).orElseThrow(), null, false);
    Manifest manifest = pack(SourceFormat.LINES, "in", SETTINGS.withText(wanted));

    assertThat(Manifest.fromJson(manifest.toJson(), "here")).isEqualTo(manifest);
    assertThat(Manifest.fromJson(Files.readAllBytes(folder.resolve("out/manifest.json")), "there"))
        .isEqualTo(manifest);
    assertThat(manifest.text().vocabulary().kind()).isEqualTo(TokenKind.BYTE_PAIRS);
    assertThat(manifest.text().vocabulary().lowerCase()).isTrue();
    Vocabulary vocabulary = new Vocabulary(manifest.text().vocabulary());
    assertThat(vocabulary.decode(vocabulary.encode("SLOW lower"))).isEqualTo("slow lower");
    assertThat(vocabulary.encode("low")).hasSize(1);
  }

  @Test
  void tagsBecomeTheClassesOfWords() throws IOException {
    TextData.write(folder.resolve("in/ca01"), "The/at jury/nn said/vbd\nthe/at end/nn\n");
    Manifest manifest = pack(SourceFormat.TAGGED, "in", SETTINGS);

    assertThat(manifest.task()).isEqualTo(Task.TAGGING);
    assertThat(manifest.classes()).containsExactly("at", "nn", "vbd");
    assertThat(read("train", 0)).isEqualTo(Map.of("txt", "The\njury\nsaid", "tags", "at\nnn\nvbd"));
    assertThat(manifest.text().vocabulary().tokens())
        .containsExactly("The", "end", "jury", "said", "the");
  }

  @Test
  void pairsHaveTwoVocabularies() throws IOException {
    TextData.write(folder.resolve("in/dict.tsv"), "TEXT\tT EH1 K S T\nTEA\tT IY1\n");
    TextSettings wanted =
        new TextSettings(null, VocabularySettings.parse("words", false).orElseThrow(), false);
    Manifest manifest = pack(SourceFormat.PAIRS, "in", SETTINGS.withText(wanted));

    assertThat(manifest.task()).isEqualTo(Task.PAIRS);
    assertThat(read("train", 0))
        .isEqualTo(Map.of(TextFields.SOURCE, "TEXT", TextFields.TARGET, "T EH1 K S T"));
    assertThat(manifest.text().vocabulary().tokens()).containsExactly("T", "E", "A", "X");
    assertThat(manifest.text().target().tokens()).containsExactly("T", "EH1", "IY1", "K", "S");
    assertThat(Manifest.fromJson(manifest.toJson(), "here")).isEqualTo(manifest);
  }

  @Test
  void aBadRowIsLeftOutAndListedWithItsPlace() throws IOException {
    TextData.write(folder.resolve("in/a.jsonl"), json("a") + "{broken\n" + json("b"));
    PackSettings settings = new PackSettings(2, 0, 1, 0, 90, 0.5);
    Manifest manifest = pack(SourceFormat.JSONL, "in", settings);

    assertThat(manifest.examples("train")).isEqualTo(2);
    assertThat(Files.readString(folder.resolve("out/quarantine.jsonl")))
        .hasLineCount(1)
        .contains("a.jsonl\"")
        .contains("\"offset\":28")
        .contains("line 2: no JSON at character");
  }

  @Test
  void aBadRowEndsThePackingWithItsPlace() {
    TextData.write(folder.resolve("in/a.jsonl"), json("a") + "{broken\n" + json("b"));
    assertThatThrownBy(() -> pack(SourceFormat.JSONL, "in", SETTINGS))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("Bad example at byte 28 of ")
        .hasMessageContaining("a.jsonl: line 2: no JSON at character ")
        .hasMessageContaining("(train: input.on-bad-example: skip) leaves such out");
  }

  @Test
  void onlyBadRowsAreNoDataset() {
    TextData.write(folder.resolve("in/a.jsonl"), "{broken\n");
    assertThatThrownBy(() -> pack(SourceFormat.JSONL, "in", new PackSettings(2, 0, 1, 0, 90, 1)))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("Every example is bad; the first: at byte 0 of ");
  }

  @Test
  void aPackingThatIsBrokenOffGoesOnWithWhatWasCounted() throws IOException {
    TextData.write(
        folder.resolve("in/a.csv"), "text,label\n" + "one two,a\nthree two,b\n".repeat(5));
    Manifest whole = pack(SourceFormat.CSV, "in", SETTINGS);
    Path broken = folder.resolve("broken");
    ExampleSource source = open(SourceFormat.CSV, "in");
    ExampleSource dies = new Dying(source, 7);
    assertThatThrownBy(() -> LocalPack.pack(dies, SETTINGS, broken)).hasMessage("killed");
    assertThat(Folders.names(broken.resolve("_packing")))
        .contains("train-00002.json", "train-00002.tokens.json")
        .doesNotContain("train-00003.json");

    assertThat(LocalPack.pack(source, SETTINGS, broken)).isEqualTo(whole);
    assertThat(Folders.names(broken)).isEqualTo(Folders.names(folder.resolve("out")));
  }

  @Test
  void otherColumnsAreAnotherPacking() throws IOException {
    TextData.write(
        folder.resolve("in/a.csv"), "text,label,more\n" + "one,a,x\ntwo,b,y\n".repeat(5));
    Path broken = folder.resolve("broken");
    assertThatThrownBy(
            () -> LocalPack.pack(new Dying(open(SourceFormat.CSV, "in"), 7), SETTINGS, broken))
        .hasMessage("killed");
    ExampleSource other =
        TextData.open(
            SourceFormat.CSV, TextData.columns("label", "more"), folder.resolve("in").toUri());

    assertThatThrownBy(() -> LocalPack.pack(other, SETTINGS, broken))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("of another input or with other options");
  }

  private Manifest pack(SourceFormat format, String in, PackSettings settings) throws IOException {
    return LocalPack.pack(open(format, in), settings, folder.resolve("out"));
  }

  private ExampleSource open(SourceFormat format, String in) throws IOException {
    return TextData.open(format, TextOptions.DEFAULT, folder.resolve(in).toUri());
  }

  private Map<String, String> read(String split, long number) throws IOException {
    try (Dataset dataset =
        Dataset.open(folder.resolve("out").toUri().toString(), new Configuration())) {
      LabelledExample example = dataset.read(split, number);
      return example.example().fields().entrySet().stream()
          .collect(
              Collectors.toMap(
                  Map.Entry::getKey, e -> new String(e.getValue(), StandardCharsets.UTF_8)));
    }
  }

  private static String json(String label) {
    return "{\"text\": \"x\", \"label\": \"" + label + "\"}\n";
  }

  /** Fails when it is to read the row of a number. */
  private record Dying(ExampleSource source, int number) implements ExampleSource {
    @Override
    public Task task() {
      return source.task();
    }

    @Override
    public List<Part> parts() {
      return source.parts();
    }

    @Override
    public List<String> classes() {
      return source.classes();
    }

    @Override
    public boolean isGrouped() {
      return source.isGrouped();
    }

    @Override
    public String readAs() {
      return source.readAs();
    }

    @Override
    public Rows list(Part part, Configuration hadoop) throws IOException {
      return source.list(part, hadoop);
    }

    @Override
    public RowReader open(Configuration hadoop) {
      RowReader reader = source.open(hadoop);
      return new RowReader() {
        @Override
        public SortedMap<String, byte[]> read(Part part, Row row) throws IOException {
          if (row.number() == number) {
            throw new IllegalStateException("killed");
          }
          return reader.read(part, row);
        }

        @Override
        public void close() throws IOException {
          reader.close();
        }
      };
    }
  }
}
