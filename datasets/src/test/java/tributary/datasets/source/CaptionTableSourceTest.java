package tributary.datasets.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.SortedMap;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tributary.datasets.Checks;
import tributary.datasets.DataException;
import tributary.datasets.Seeds;
import tributary.datasets.shard.Dataset;
import tributary.datasets.shard.Manifest;
import tributary.datasets.shard.MissingDatasetException;
import tributary.datasets.shard.Task;
import tributary.datasets.testing.Folders;
import tributary.datasets.testing.LocalPack;
import tributary.datasets.testing.TextData;

@Timeout(60)
class CaptionTableSourceTest {
  private static final Configuration CONF = new Configuration();
  private static final PackSettings SETTINGS = PackSettings.of(10, 3);
  private static final PackSettings SKIP = new PackSettings(10, 0, 3, 0, 90, 1);
  private static final ObjectMapper MAPPER = new ObjectMapper();

  @TempDir Path folder;

  /** A table, with its images in reversed order, comes to the shards of texts beside images. */
  @ParameterizedTest
  @ValueSource(strings = {"t.csv", "t.csv.gz", "t.tsv", "t.tab", "t.jsonl", "t.ndjson"})
  void aTableComesToTheSameBytesAsTextsBesideImages(String name) throws IOException {
    PackSettings settings = new PackSettings(4, 0.3, 3, 6, 90, -1);
    Map<String, String> captions = captionedImages("set/", 15);
    List<String[]> rows = new ArrayList<>();
    captions.forEach((image, caption) -> rows.add(new String[] {image, caption}));
    Collections.reverse(rows);

    pack(open("set"), settings, "beside");
    write("set/" + name, table(name, rows));
    ExampleSource source = open("set/" + name);
    Drawings.requireSendable(source);
    Manifest manifest = pack(source, settings, "packed");

    assertThat(manifest.task()).isEqualTo(Task.CAPTIONING);
    assertThat(manifest.splits()).containsOnlyKeys("train", "validation");
    requireSameFiles();
  }

  @Test
  void tablesNamedAfterSplitsAreSplits() throws IOException {
    Map<String, String> train = captionedImages("set/train/", 5);
    Map<String, String> test = captionedImages("set/test/", 3);
    pack(open("set"), SETTINGS, "beside");
    write("tables/train.csv", table("train.csv", rows("train/", train)));
    write("tables/test.jsonl", table("test.jsonl", rows("test/", test)));
    write("tables/notes.csv", utf8("no captions"));
    Folders.copy(folder.resolve("set/train"), folder.resolve("tables/train"));
    Folders.copy(folder.resolve("set/test"), folder.resolve("tables/test"));

    ExampleSource source = open("tables");
    pack(source, SETTINGS, "packed");

    assertThat(source.parts()).extracting(Part::split).containsExactly("train", "test");
    requireSameFiles();
  }

  @Test
  void splitsThatTheUserNamesComeBeforeTheNamesOfTheirImages() throws IOException {
    write("a/x.csv", table("x.csv", rows("", captionedImages("a/", 1))));
    write("b/y.tsv", table("y.tsv", rows("", captionedImages("b/", 1))));

    ExampleSource source = open(TextOptions.DEFAULT, "train=a/x.csv", "validation=b/y.tsv");

    assertThat(source.parts()).extracting(Part::split).containsExactly("train", "validation");
    assertThat(LocalPack.rows(source))
        .extracting(Row::name)
        .containsExactly("train/0.png", "validation/0.png");
  }

  /** As if the captions were put together by hand, whatever the order of the rows. */
  @Test
  void rowsOfOneImageAreCaptionsOfOneExample() throws IOException {
    SplittableRandom random = Seeds.random(7);
    SortedMap<String, byte[]> images = new TreeMap<>();
    for (int image = 0; image < 9; image++) {
      String name = "deep/" + image + ".png";
      images.put(name, Drawings.png(image));
      write("set/" + name, images.get(name));
    }
    for (String name : List.of("1.csv", "2.jsonl", "3.tsv")) {
      List<String[]> rows = new ArrayList<>();
      for (String image : images.keySet()) {
        for (int number = random.nextInt(5); number >= 0; number--) {
          rows.add(new String[] {image, "An  image, " + random.nextInt(3) + " é中."});
        }
      }
      Collections.shuffle(rows, new Random(random.nextLong()));
      Map<String, String> expected = new HashMap<>();
      rows.forEach(row -> expected.merge(row[0], row[1], (a, b) -> a + "\n" + b));
      write("set/" + name, table(name, rows));

      Manifest manifest =
          pack(open("set/" + name), new PackSettings(4, 0.4, 3, 0, 90, -1), "packed-" + name);

      Map<String, String> found = new HashMap<>();
      for (String split : List.of("train", "validation")) {
        assertThat(manifest.examples(split)).as(split).isPositive();
        for (SortedMap<String, byte[]> fields : examples("packed-" + name, split)) {
          String image = text(fields.get("name"));
          assertThat(fields).containsOnlyKeys("name", "png", "txt");
          assertThat(fields).containsEntry("png", images.get(image));
          assertThat(found.put(image, text(fields.get("txt")))).as(image).isNull();
        }
      }
      assertThat(found).isEqualTo(expected);
    }
  }

  @Test
  void aCaptionOfSeveralLinesBecomesOne() throws IOException {
    write("set/a.png", Drawings.png(1));
    write("set/t.csv", utf8("image,text\n a.png ,\" One\r\n\r\n cat. \"\na.png,Another.\n"));

    pack(open("set/t.csv"), SETTINGS, "packed");

    assertThat(text(examples("packed", "train").get(0).get("txt"))).isEqualTo("One cat.\nAnother.");
  }

  @Test
  void columnsAreTheUsers() throws IOException {
    write("set/a.png", Drawings.png(1));
    write("set/t.csv", utf8("file;title;label;more\na.png;A cat;;on a mat.\n"));
    TextOptions named = new TextOptions(List.of("title", "more"), "x", ";", true, "UTF-8", 100);
    TextOptions numbered = new TextOptions(List.of("4"), "", ";", true, "UTF-8", 100, "1");

    pack(open(named.withImageColumn("file"), "set/t.csv"), SETTINGS, "named");
    pack(open(numbered, "set/t.csv"), SETTINGS, "numbered");

    assertThat(text(examples("named", "train").get(0).get("txt"))).isEqualTo("A cat on a mat.");
    assertThat(text(examples("numbered", "train").get(0).get("txt"))).isEqualTo("on a mat.");
    assertThatThrownBy(() -> open(named, "set/t.csv"))
        .isInstanceOf(DataException.class)
        .hasMessageContaining(
            "t.csv: it has no column 'image' (--image-column); its header names [file, title,");
    assertThatThrownBy(() -> open(named.withImageColumn("file").withImageColumn("5"), "set/t.csv"))
        .hasMessageContaining("it has no column '5' (--image-column)");
  }

  @Test
  void badRowsAndMissingImagesAreBadExamplesByLine() throws IOException {
    write("outside.png", Drawings.png(1));
    write("set/a.png", Drawings.png(1));
    write("set/empty.png", new byte[0]);
    write("set/folder.png/b.png", Drawings.png(2));
    write("set/.hidden.png", Drawings.png(3));
    Files.createSymbolicLink(folder.resolve("set/link"), folder);
    String table =
        """
        image,text
        a.png,Good.
        ../outside.png,Out.
        none.png,None.
        a.png,
        link/outside.png,Linked.
        %s/outside.png,Whole.
        a.png
        ./a.png,Dot.
        a.png,"open
        empty.png,No bytes.
        none.png,None again.
        folder.png,A folder.
        folder.png/../a.png,Up.
        .hidden.png,Hidden.
        ,No image.
        a.png,Good again.
        """;
    write("set/t.csv", utf8(Checks.format(table, folder)));

    Manifest manifest = pack(open("set/t.csv"), SKIP, "packed");

    String below = "image: expected a path below the table's folder, such as images/cat.png, found";
    assertThat(manifest.examples("train")).isEqualTo(1);
    assertThat(text(examples("packed", "train").get(0).get("txt"))).isEqualTo("Good.\nGood again.");
    assertThat(quarantined())
        .satisfiesExactlyInAnyOrder(
            told -> assertThat(told).isEqualTo("line 3: " + below + " '../outside.png'"),
            told -> assertThat(told).startsWith("line 4: there is no image none.png in file:"),
            told -> assertThat(told).isEqualTo("line 5: " + blank("a.png")),
            told -> assertThat(told).startsWith("line 6: there is no image link/outside.png in "),
            told -> assertThat(told).startsWith("line 7: " + below + " '" + folder),
            told -> assertThat(told).startsWith("line 8: expected 2 columns as the header has, fo"),
            told -> assertThat(told).isEqualTo("line 9: " + below + " './a.png'"),
            told -> assertThat(told).startsWith("line 10: the quote that opens column 2 is not cl"),
            told -> assertThat(told).isEqualTo("it has 0 bytes"),
            told -> assertThat(told).startsWith("line 13: there is no image folder.png in "),
            told -> assertThat(told).isEqualTo("line 14: " + below + " 'folder.png/../a.png'"),
            told -> assertThat(told).startsWith("line 15: there is no image .hidden.png in "),
            told -> assertThat(told).isEqualTo("line 16: " + below + " ''"));
  }

  @Test
  void aBadRowEndsThePackingIfNoneMayBe() throws IOException {
    write("set/a.png", Drawings.png(1));
    write("set/t.jsonl", utf8("{\"image\": \"a.png\", \"text\": \" \\n\"}\n"));

    assertThatThrownBy(() -> pack(open("set/t.jsonl"), SETTINGS, "packed"))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("Bad example at byte 0 of file:")
        .hasMessageContaining("t.jsonl: line 1: " + blank("a.png"));
  }

  @Test
  void aTableThatChangesWhileItIsPackedIsTold() throws IOException {
    write("set/a.png", Drawings.png(1));
    write("set/t.csv", utf8("image,text\na.png,A.\nb.png\n"));
    ExampleSource source = open("set/t.csv");
    List<Row> rows = LocalPack.rows(source);
    write("set/t.csv", utf8("text,image\nA.,b.png\n"));

    assertThat(rows).hasSize(2);
    for (Row row : rows) {
      try (RowReader reader = source.open(CONF)) {
        assertThatThrownBy(() -> reader.read(source.parts().get(0), row))
            .isInstanceOf(DataException.class)
            .hasMessageContaining("t.csv has changed since it was listed: no such row at byte ");
      }
    }
  }

  /** Texts are in normalization form C; what file systems hold may be in D. */
  @Test
  @EnabledIfSystemProperty(named = "sun.jnu.encoding", matches = "UTF-8")
  void lettersWithAccentsAreFoundHoweverTheirFilesSpellThem() throws IOException {
    write("set/cafe\u0301/e\u0301.png", Drawings.png(1));
    write(
        "set/t.csv", utf8("image,text\ncaf\u00e9/e\u0301.png,One.\ncafe\u0301/\u00e9.png,Two.\n"));

    pack(open("set/t.csv"), SETTINGS, "packed");

    assertThat(examples("packed", "train"))
        .singleElement()
        .satisfies(
            fields -> {
              assertThat(text(fields.get("name"))).isEqualTo("cafe\u0301/e\u0301.png");
              assertThat(text(fields.get("txt"))).isEqualTo("One.\nTwo.");
            });
  }

  @Test
  void inputsThatDoNotFitAreTold() throws IOException {
    write("set/train.csv", utf8("image,text\n"));
    write("set/train-1.csv", utf8("image,text\n"));
    write("other/a.png", Drawings.png(1));

    assertThatThrownBy(() -> open("set"))
        .isInstanceOf(DataException.class)
        .hasMessageContainingAll(
            "Split train has more than one table of captions, such as file:",
            "--input train=TABLE");
    assertThatThrownBy(() -> open(TextOptions.DEFAULT, "train=set/train.csv", "test=other"))
        .isInstanceOf(DataException.class)
        .hasMessageContainingAll("No table of captions in test=file:", "/other: where one input");
    assertThatThrownBy(() -> open("none.csv"))
        .isInstanceOf(MissingDatasetException.class)
        .hasMessageContaining("none.csv");
  }

  private static String blank(String image) {
    return "expected a caption of " + image + ", found a blank one";
  }

  /** Images in two folders, each with its caption beside it; captions by image. */
  private Map<String, String> captionedImages(String root, int count) throws IOException {
    Map<String, String> captions = new TreeMap<>();
    for (int i = 0; i < count; i++) {
      String stem = (i % 2 == 0 ? "" : "deep/er/") + i;
      String caption = "Picture \"" + i + "\", für dich.";
      boolean isPng = i % 3 == 0;
      captions.put(stem + (isPng ? ".png" : ".jpg"), caption);
      write(root + stem + (isPng ? ".png" : ".jpg"), isPng ? Drawings.png(i) : Drawings.jpeg(i));
      write(root + stem + ".txt", utf8(" " + caption + "\r\nde.utf8=Another.\n"));
    }
    return captions;
  }

  private static List<String[]> rows(String prefix, Map<String, String> captions) {
    List<String[]> rows = new ArrayList<>();
    captions.forEach((image, caption) -> rows.add(new String[] {prefix + image, caption}));
    return rows;
  }

  /** A table of images and captions in the format that its name says. */
  private static byte[] table(String name, List<String[]> rows) throws IOException {
    boolean isJson = name.contains("json");
    StringBuilder table = new StringBuilder();
    if (!isJson) {
      table.append(name.contains(".csv") ? "text,image\n" : "text\timage\n");
    }
    for (String[] row : rows) {
      if (isJson) {
        table.append(MAPPER.writeValueAsString(Map.of("image", row[0], "text", row[1])));
      } else if (name.contains(".csv")) {
        table.append('"').append(row[1].replace("\"", "\"\"")).append("\",").append(row[0]);
      } else {
        table.append(row[1]).append('\t').append(row[0]);
      }
      table.append('\n');
    }
    byte[] bytes = utf8(table.toString());
    return name.endsWith(".gz") ? TextData.gzip(bytes) : bytes;
  }

  private void requireSameFiles() {
    assertThat(Folders.names(folder.resolve("packed")))
        .isEqualTo(Folders.names(folder.resolve("beside")));
    for (String name : Folders.names(folder.resolve("packed"))) {
      assertThat(folder.resolve("packed").resolve(name))
          .hasSameBinaryContentAs(folder.resolve("beside").resolve(name));
    }
  }

  private List<SortedMap<String, byte[]>> examples(String packed, String split) throws IOException {
    List<SortedMap<String, byte[]>> examples = new ArrayList<>();
    try (Dataset dataset = Dataset.open(folder.resolve(packed).toUri().toString(), CONF)) {
      for (int number = 0; number < dataset.manifest().examples(split); number++) {
        examples.add(dataset.read(split, number).example().fields());
      }
    }
    return examples;
  }

  private List<String> quarantined() throws IOException {
    List<String> reasons = new ArrayList<>();
    for (String line : Files.readAllLines(folder.resolve("packed/quarantine.jsonl"))) {
      reasons.add(MAPPER.readTree(line).get("reason").asText());
    }
    return reasons;
  }

  private Manifest pack(ExampleSource source, PackSettings settings, String to) throws IOException {
    return LocalPack.pack(source, settings, folder.resolve(to));
  }

  private ExampleSource open(String input) throws IOException {
    return open(TextOptions.DEFAULT, input);
  }

  /** Inputs as the command line has them, below the folder. */
  private ExampleSource open(TextOptions options, String... inputs) throws IOException {
    List<SourceOptions.Input> named = new ArrayList<>();
    for (String input : inputs) {
      int split = input.indexOf('=');
      named.add(
          new SourceOptions.Input(
              split < 0 ? Optional.empty() : Optional.of(input.substring(0, split)),
              folder.resolve(input.substring(split + 1)).toString()));
    }
    return SourceFormat.IMAGE_CAPTIONS.open(new SourceOptions(named, List.of(), options), CONF);
  }

  private void write(String file, byte[] content) throws IOException {
    Drawings.write(folder.resolve(file), content);
  }

  private static String text(byte[] field) {
    return new String(field, StandardCharsets.UTF_8);
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
