package tributary.datasets.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tributary.datasets.Checks;
import tributary.datasets.DataException;
import tributary.datasets.Seeds;
import tributary.datasets.shard.BadExampleException;
import tributary.datasets.shard.Dataset;
import tributary.datasets.shard.LabelledExample;
import tributary.datasets.shard.Manifest;
import tributary.datasets.shard.MissingDatasetException;
import tributary.datasets.shard.Task;
import tributary.datasets.testing.LocalPack;

@Timeout(120)
class WebDatasetSourceTest {
  private static final Configuration CONF = new Configuration();
  private static final PackSettings SETTINGS = PackSettings.of(10, 3);
  private static final PackSettings SKIP = new PackSettings(10, 0, 3, 0, 90, 1);

  @TempDir Path folder;

  private Path tars;
  private Path files;

  @BeforeEach
  void makeFolders() throws IOException {
    tars = Files.createDirectory(folder.resolve("tars"));
    files = folder.resolve("files");
  }

  @Test
  void examplesAreWhatTheTarProgramExtracts() throws IOException {
    SplittableRandom random = Seeds.random(21);
    SortedMap<String, String> classes = new TreeMap<>();
    for (int i = 0; i < 60; i++) {
      String key = "some/folder.d/" + "k".repeat(random.nextInt(1, 150)) + i;
      write(key + (i % 2 == 0 ? ".jpg" : ".PNG"), i % 2 == 0 ? Drawings.jpeg(i) : Drawings.png(i));
      write(key + ".seg.png", Drawings.png(-i));
      write(key + ".json", ascii("{\"id\": " + i + "}"));
      classes.put(key, "class " + random.nextInt(5));
      write(key + ".cls", ascii(classes.get(key) + "\n"));
    }
    Path tar = pack("train-000.tar");
    SortedMap<String, byte[]> extracted = TarProgram.unpack(tar, folder.resolve("out"));

    ExampleSource source = open();
    Drawings.requireSendable(source);
    List<Row> rows = LocalPack.rows(source);
    assertThat(rows).hasSize(60);
    try (RowReader reader = source.open(CONF)) {
      for (Row row : rows) {
        String key = row.name().substring("train-000/".length());
        byte[] image = extracted.getOrDefault(key + ".jpg", extracted.get(key + ".PNG"));
        assertThat(row.className()).isEqualTo(classes.get(key));
        assertThat(reader.read(source.parts().get(0), row))
            .containsOnlyKeys("img", "json")
            .containsEntry("img", image)
            .containsEntry("json", extracted.get(key + ".json"));
      }
    }
    assertThat(LocalPack.pack(source, SETTINGS, folder.resolve("packed")).classes())
        .containsExactly("class 0", "class 1", "class 2", "class 3", "class 4");
  }

  @Test
  void itsOwnShardsComeBackAsTheyWere() throws IOException {
    for (int i = 0; i < 30; i++) {
      Drawings.write(folder.resolve("tree/train/c" + i % 3 + "/" + i + ".png"), Drawings.png(i));
      Drawings.write(folder.resolve("tree/val/c" + i % 3 + "/" + i + ".jpg"), Drawings.jpeg(i));
    }
    Path first = folder.resolve("first");
    LocalPack.pack(
        SourceFormat.IMAGE_FOLDER.open(options(List.of(), folder.resolve("tree")), CONF),
        SETTINGS,
        first);

    Path second = folder.resolve("second");
    ExampleSource source =
        SourceFormat.WEBDATASET.open(options(List.of("c0", "c1", "c2"), first), CONF);
    LocalPack.pack(source, SETTINGS, second);

    try (Dataset before = Dataset.open(first.toUri().toString(), CONF);
        Dataset after = Dataset.open(second.toUri().toString(), CONF)) {
      assertThat(after.manifest().classes()).isEqualTo(before.manifest().classes());
      assertThat(after.manifest().images()).isEqualTo(before.manifest().images());
      for (String split : List.of("train", "validation")) {
        assertThat(after.manifest().examples(split)).isEqualTo(30);
        for (int number = 0; number < 30; number++) {
          LabelledExample left = before.read(split, number);
          LabelledExample right = after.read(split, number);
          assertThat(right.label()).isEqualTo(left.label());
          assertThat(right.example().image().orElseThrow().getValue())
              .isEqualTo(left.example().image().orElseThrow().getValue());
        }
      }
    }
  }

  @Test
  void numbersAreLabelsEvenWithoutNames() throws IOException {
    for (int i = 0; i < 12; i++) {
      write(Checks.format("%03d.jpg", i), Drawings.jpeg(i));
      write(Checks.format("%03d.cls", i), ascii(Integer.toString(i)));
    }
    pack("a.tar");

    Manifest manifest = LocalPack.pack(open(), SETTINGS, folder.resolve("packed"));

    assertThat(manifest.classes()).hasSize(12).startsWith("00000").endsWith("00011");
    try (Dataset dataset = Dataset.open(folder.resolve("packed").toUri().toString(), CONF)) {
      for (int i = 0; i < 12; i++) {
        assertThat(dataset.read("train", i).label()).isEqualTo(i);
      }
    }
  }

  @Test
  void aCaptionWithoutAClassIsCaptioning() throws IOException {
    write("a.jpg", Drawings.jpeg(1));
    write("a.txt", "ein Kätzchen".getBytes(StandardCharsets.UTF_8));
    pack("a.tar");

    assertThat(open().task()).isEqualTo(Task.CAPTIONING);
    LocalPack.pack(open(), SETTINGS, folder.resolve("packed"));
    try (Dataset dataset = Dataset.open(folder.resolve("packed").toUri().toString(), CONF)) {
      assertThat(dataset.read("train", 0).example().fields())
          .containsOnlyKeys("jpg", "name", "txt")
          .containsEntry("txt", "ein Kätzchen".getBytes(StandardCharsets.UTF_8));
    }
  }

  @Test
  void whatIsWrongWithAnExampleIsTold() throws IOException {
    labelled("good", Drawings.jpeg(1), "0");
    write("hidden/.DS_Store", ascii("x"));
    write("README", ascii("x"));
    labelled("noclass", Drawings.jpeg(2), null);
    labelled("noimage", null, "0");
    labelled("empty", Drawings.jpeg(3), " ");
    labelled("latin", Drawings.jpeg(3), "\u00e9");
    labelled("far", Drawings.jpeg(4), "7");
    labelled("two", Drawings.jpeg(5), "0");
    write("two.png", Drawings.png(5));
    labelled("broken", Drawings.jpeg(6), "0");
    write("broken.json", ascii("{\"a\":"));
    labelled("text", Drawings.jpeg(6), "0");
    write("text.txt", new byte[] {(byte) 0xff});
    pack("a.tar");

    LocalPack.pack(
        SourceFormat.WEBDATASET.open(options(List.of("zero", "one"), tars), CONF),
        SKIP,
        folder.resolve("packed"));

    assertThat(Files.readAllLines(folder.resolve("packed/quarantine.jsonl")))
        .satisfiesExactlyInAnyOrder(
            line -> assertThat(line).contains("noclass", "expected a file .cls, found only [jpg]"),
            line -> assertThat(line).contains("noimage", "expected an image, found only [cls]"),
            line -> assertThat(line).contains("empty", "class: expected a number or a name"),
            line -> assertThat(line).contains("latin", "its .cls is not UTF-8"),
            line -> assertThat(line).contains("far", "class: expected 0..1, found 7"),
            line -> assertThat(line).contains("two", "expected one image, found several"),
            line -> assertThat(line).contains("broken", "its .json is broken"),
            line -> assertThat(line).contains("text", "its .txt is not UTF-8"));
  }

  @Test
  void filesOfOneNameTwiceAreABadExample() throws IOException {
    labelled("a", Drawings.jpeg(1), "0");
    Path once = pack("once.tar");
    byte[] tar = Files.readAllBytes(once);
    int members = tar.length - 1;
    while (tar[members] == 0) {
      members--;
    }
    members = (members / 512 + 1) * 512;
    byte[] twice = Arrays.copyOf(tar, members + tar.length);
    System.arraycopy(tar, 0, twice, members, tar.length);
    Files.write(once, twice);

    assertThatThrownBy(() -> LocalPack.pack(open(), SETTINGS, folder.resolve("packed")))
        .isInstanceOf(DataException.class)
        .hasMessageContainingAll(
            "Bad example once/a at byte ", "more than one of its files end in [cls, jpg]");
  }

  @Test
  void splitsAreToldByNamesOrByTheUser() throws IOException {
    labelled("a", Drawings.jpeg(1), "0");
    for (String name : List.of("val-0.tar", "set1k-train-0.tar", "train_1.tar", "test.tar")) {
      pack(name);
    }
    assertThat(open().parts())
        .extracting(Part::split)
        .containsExactly("train", "train", "validation", "test");

    ExampleSource named =
        SourceFormat.WEBDATASET.open(
            new SourceOptions(
                List.of(
                    new SourceOptions.Input(Optional.of("train"), uri("val-0.tar")),
                    new SourceOptions.Input(Optional.of("test"), uri("test.tar"))),
                List.of()),
            CONF);
    assertThat(named.parts()).extracting(Part::split).containsExactly("train", "test");
    assertThat(named.parts().get(0).path()).endsWith("/val-0.tar");

    pack("train-val.tar");
    assertThatThrownBy(this::open)
        .isInstanceOf(DataException.class)
        .hasMessageContaining("train-val.tar means the splits [train, validation]: name each");
    Files.delete(tars.resolve("train-val.tar"));

    pack("more.tar");
    assertThatThrownBy(this::open)
        .isInstanceOf(DataException.class)
        .hasMessageContaining(
            "Some tars are named after splits, such as set1k-train-0.tar, and others are not, such"
                + " as more.tar: name each split with --input SPLIT=DIR");
  }

  @Test
  void withoutTarsThereIsNoDataset() {
    assertThatThrownBy(this::open)
        .isInstanceOf(MissingDatasetException.class)
        .hasMessageContainingAll("No tars in file:", "expected files that end in .tar");
  }

  @Test
  void aFirstExampleWithNeitherClassNorCaptionIsTold() throws IOException {
    labelled("a", Drawings.jpeg(1), null);
    pack("a.tar");

    assertThatThrownBy(this::open)
        .isInstanceOf(DataException.class)
        .hasMessageContaining(
            "a.tar: expected a first example with an image and .cls or .txt, found [jpg]");
  }

  @Test
  void aTarThatShrinksWhileItIsPackedIsTold() throws IOException {
    labelled("a", Drawings.jpeg(1), "0");
    Path tar = pack("a.tar");
    ExampleSource source = open();
    Row row = LocalPack.rows(source).get(0);
    Files.write(tar, new byte[100]);

    try (RowReader reader = source.open(CONF)) {
      assertThatThrownBy(() -> reader.read(source.parts().get(0), row))
          .isInstanceOf(DataException.class)
          .isNotInstanceOf(BadExampleException.class)
          .hasMessageContainingAll("bytes from byte 512 of file:", "the file was changed");
    }
  }

  @Test
  void aTarThatIsCutOffIsTold() throws IOException {
    for (int i = 0; i < 10; i++) {
      labelled("e" + i, Drawings.jpeg(i), "0");
    }
    Path tar = pack("a.tar");
    byte[] whole = Files.readAllBytes(tar);
    Files.write(tar, Arrays.copyOf(whole, whole.length / 3));

    assertThatThrownBy(() -> LocalPack.rows(open()))
        .isInstanceOf(DataException.class)
        .hasMessageContainingAll("Bad tar at byte ", "a.tar", "it is cut off");
  }

  @Test
  void aTarThatIsPackedByGzipIsRefusedWithTheRemedy() throws IOException {
    labelled("a", Drawings.jpeg(1), "0");
    pack("a.tar");
    TarProgram.pack(tars.resolve("b.tar.gz"), files, List.of(), "--gzip");

    assertThatThrownBy(this::open)
        .isInstanceOf(DataException.class)
        .hasMessageStartingWith("The tar file:")
        .hasMessageEndingWith("unpack it once: gunzip b.tar.gz");
    assertThatThrownBy(
            () -> SourceFormat.WEBDATASET.open(options(List.of(), tars.resolve("b.tar.gz")), CONF))
        .hasMessageEndingWith("unpack it once: gunzip b.tar.gz");
  }

  private Path pack(String name) throws IOException {
    Path tar = tars.resolve(name);
    TarProgram.pack(tar, files, List.of());
    return tar;
  }

  private void labelled(String key, byte[] image, String name) throws IOException {
    if (image != null) {
      write(key + ".jpg", image);
    }
    if (name != null) {
      write(key + ".cls", ascii(name));
    }
  }

  private void write(String name, byte[] content) throws IOException {
    Drawings.write(files.resolve(name), content);
  }

  private ExampleSource open() throws IOException {
    return SourceFormat.WEBDATASET.open(options(List.of(), tars), CONF);
  }

  private String uri(String name) {
    return tars.resolve(name).toUri().toString();
  }

  private static SourceOptions options(List<String> classes, Path folder) {
    return new SourceOptions(
        List.of(new SourceOptions.Input(Optional.empty(), folder.toUri().toString())), classes);
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }
}
