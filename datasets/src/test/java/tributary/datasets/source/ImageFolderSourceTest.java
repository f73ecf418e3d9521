package tributary.datasets.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.RawLocalFileSystem;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tributary.datasets.DataException;
import tributary.datasets.Seeds;
import tributary.datasets.shard.BadExampleException;
import tributary.datasets.shard.Dataset;
import tributary.datasets.shard.LabelledExample;
import tributary.datasets.shard.Manifest;
import tributary.datasets.shard.MissingDatasetException;
import tributary.datasets.testing.Folders;
import tributary.datasets.testing.LocalPack;

class ImageFolderSourceTest {
  private static final Configuration CONF = new Configuration();
  private static final PackSettings STRICT = PackSettings.of(3, 3);
  private static final PackSettings SKIP = new PackSettings(100, 0, 3, 0, 90, 1);

  @TempDir Path folder;

  private Path root;

  @BeforeEach
  void makeRoot() throws IOException {
    root = Files.createDirectory(folder.resolve("root"));
  }

  @Test
  void splitsAndClassesAreFoundByTheirFolders() throws IOException {
    draw("train/dog/a.jpg", "train/cat/b.png", "val/cat/c.jpg", "test/dog/d.jpg", "train/notes");

    Manifest manifest = LocalPack.pack(open(), STRICT, folder.resolve("packed"));

    assertThat(manifest.splits().keySet()).containsExactly("train", "validation", "test");
    assertThat(manifest.classes()).containsExactly("cat", "dog");
    assertThat(names(open()))
        .containsExactly("train/cat/b.png", "train/dog/a.jpg", "val/cat/c.jpg", "test/dog/d.jpg");
    try (Dataset dataset = Dataset.open(folder.resolve("packed").toUri().toString(), CONF)) {
      LabelledExample validation = dataset.read("validation", 0);
      assertThat(validation.label()).isEqualTo(0);
      assertThat(validation.example().fields().get("jpg")).isEqualTo(content("val/cat/c.jpg"));
      assertThat(validation.example().fields().get("name"))
          .asString(StandardCharsets.UTF_8)
          .isEqualTo("val/cat/c.jpg");
      assertThat(dataset.read("test", 0).label()).isEqualTo(1);
      dataset.verify();
    }
  }

  @Test
  void foldersOfClassesAloneAreTheTrainSplit() throws IOException {
    draw("train/a.jpg", "car/b.jpg", "car/deep/er/c.jpg", "readme.txt");

    Drawings.requireSendable(open());
    assertThat(open().parts()).extracting(Part::split).containsOnly("train");
    assertThat(open().parts()).extracting(Part::className).containsExactly("car", "train");
    assertThat(names(open())).containsExactly("car/b.jpg", "car/deep/er/c.jpg", "train/a.jpg");
  }

  @Test
  void splitsMayBeNamedOneByOne() throws IOException {
    draw("one/cat/a.jpg", "two/cat/b.jpg");

    ExampleSource source =
        open(
            List.of(),
            new SourceOptions.Input(Optional.of("train"), uri(root.resolve("one"))),
            new SourceOptions.Input(Optional.of("test"), uri(root.resolve("two"))));

    assertThat(names(source)).containsExactly("train/cat/a.jpg", "test/cat/b.jpg");
  }

  @Test
  void labelsAreInTheOrderAskedFor() throws IOException {
    draw("train/dog/a.jpg", "train/cat/b.jpg");

    Manifest manifest =
        LocalPack.pack(open(List.of("dog", "cat"), input()), STRICT, folder.resolve("packed"));

    assertThat(manifest.classes()).containsExactly("dog", "cat");
  }

  @Test
  void theOrderOfAListingChangesNothing() throws IOException {
    for (int i = 0; i < 40; i++) {
      draw("train/c" + i % 4 + "/" + (i % 3 == 0 ? "deep/" : "") + (char) ('A' + i) + i + ".png");
    }
    List<Row> rows = LocalPack.rows(open());

    for (int seed = 0; seed < 10; seed++) {
      Configuration shuffling = new Configuration(false);
      shuffling.set("fs.shuffled.impl", Shuffled.class.getName());
      shuffling.setBoolean("fs.shuffled.impl.disable.cache", true);
      shuffling.setInt("shuffled.seed", seed);
      ExampleSource source =
          ImageFolderSource.open(
              new SourceOptions(
                  List.of(
                      new SourceOptions.Input(Optional.empty(), "shuffled://" + root.toString())),
                  List.of()),
              shuffling);
      List<Row> shuffled = new ArrayList<>();
      for (int part = 0; part < source.parts().size(); part++) {
        try (Rows listed = source.list(source.parts().get(part), shuffling)) {
          long number = 0;
          for (Row row = listed.next(); row != null; row = listed.next()) {
            shuffled.add(row.at(part, number++));
          }
        }
      }
      assertThat(shuffled).isEqualTo(rows);
    }
  }

  @Test
  void namesAreSortedAsBytesNotAsCharacters() {
    List<String> names = new ArrayList<>(List.of("b", "\ud83d\ude00", "a/b", "\uff5e", "a.b", "B"));
    names.sort(SourceFiles.byBytes());
    assertThat(names).containsExactly("B", "a.b", "a/b", "b", "\uff5e", "\ud83d\ude00");
  }

  @Test
  void hiddenFilesAndFoldersAreNoExamples() throws IOException {
    draw("cat/a.jpg", "cat/.DS_Store", "cat/Thumbs.db", "cat/._a.jpg", "cat/_SUCCESS");
    draw("cat/_DSC0001.JPG", "cat/__MACOSX/a.jpg", ".git/config", "_temporary/0");

    assertThat(names(open())).containsExactly("cat/_DSC0001.JPG", "cat/a.jpg");
  }

  @Test
  void aPictureIsWhatItsBytesAreAndNotItsName() throws IOException {
    Drawings.write(root.resolve("cat/n02105855_2933.JPEG"), Drawings.png(1));

    LocalPack.pack(open(), STRICT, folder.resolve("packed"));

    try (Dataset dataset = Dataset.open(folder.resolve("packed").toUri().toString(), CONF)) {
      assertThat(dataset.read("train", 0).example().fields())
          .containsOnlyKeys("cls", "name", "png")
          .containsEntry("png", Drawings.png(1));
    }
  }

  @Test
  void whatIsNoPictureIsABadExampleByItsContent() throws IOException {
    draw("cat/good.jpg");
    Drawings.write(root.resolve("cat/page.jpg"), ascii("<!DOCTYPE html><p>Not found"));
    Drawings.write(root.resolve("cat/modern.jpg"), ascii("RIFF\0\0\0\0WEBPVP8 "));
    Drawings.write(root.resolve("cat/list.txt"), ascii("good.jpg\n"));
    Drawings.write(root.resolve("cat/empty.jpg"), new byte[0]);
    try (RandomAccessFile huge =
        new RandomAccessFile(root.resolve("cat/huge.jpg").toFile(), "rw")) {
      huge.setLength(3L << 30);
    }

    Manifest manifest = LocalPack.pack(open(), SKIP, folder.resolve("packed"));

    assertThat(manifest.examples("train")).isEqualTo(1);
    assertThat(folder.resolve("packed/quarantine.jsonl"))
        .content()
        .contains("cat/page.jpg", "expected PNG or JPEG, found HTML")
        .contains("cat/modern.jpg", "expected PNG or JPEG, found WebP")
        .contains("cat/list.txt", "expected PNG or JPEG, found unknown bytes")
        .contains("cat/empty.jpg", "it has 0 bytes")
        .contains("cat/huge.jpg", "it has 3221225472 bytes: expected at most 268435456")
        .hasLineCount(5);
  }

  @Test
  void aBadExampleIsToldWithItsName() throws IOException {
    draw("cat/good.jpg");
    Drawings.write(root.resolve("cat/empty.jpg"), new byte[0]);

    assertThatThrownBy(() -> LocalPack.pack(open(), STRICT, folder.resolve("packed")))
        .isInstanceOf(DataException.class)
        .hasMessageContainingAll(
            "Bad example cat/empty.jpg at byte 0 of file:", "/root/cat: it has 0 bytes");
  }

  @Test
  void linksToFilesAreFollowedThoseToFoldersAreNot() throws IOException {
    draw("cat/a.jpg");
    Files.createSymbolicLink(root.resolve("cat/linked.jpg"), root.resolve("cat/a.jpg"));
    Files.createSymbolicLink(root.resolve("cat/round"), root);
    Files.createSymbolicLink(root.resolve("dog"), root.resolve("cat"));

    assertThat(names(open())).containsExactly("cat/a.jpg", "cat/linked.jpg");
    LocalPack.pack(open(), STRICT, folder.resolve("packed"));
  }

  @Test
  void aLinkThatLeadsNowhereIsABadExample() throws IOException {
    draw("cat/a.jpg");
    Files.createSymbolicLink(root.resolve("cat/lost.jpg"), root.resolve("nowhere.jpg"));

    LocalPack.pack(open(), SKIP, folder.resolve("packed"));

    assertThat(folder.resolve("packed/quarantine.jsonl"))
        .content()
        .contains("cat/lost.jpg", "expected a file, found a link that leads nowhere");
  }

  @Test
  void namesThatMeanSomethingToUrisAreJustNames() throws IOException {
    draw("my: cat/a:b.jpg", "my: cat/50%20?#*[x].jpg", "my: cat/deep:er/back\\slash.jpg");

    assertThat(LocalPack.pack(open(), STRICT, folder.resolve("packed")).examples("train"))
        .isEqualTo(3);
  }

  @Test
  void anEmptyClassIsToldWithAllClasses() throws IOException {
    draw("train/cat/a.jpg", "train/dog/.DS_Store");

    assertThatThrownBy(() -> LocalPack.rows(open()))
        .isInstanceOf(DataException.class)
        .hasMessageContainingAll(
            "Class dog has no images: its folder file:", "is empty; the classes are [cat, dog]");
  }

  @Test
  void aClassThatTrainHasNotIsTold() throws IOException {
    draw("train/cat/a.jpg", "train/dog/a.jpg", "test/cow/a.jpg", "test/cat/a.jpg");

    assertThatThrownBy(this::open)
        .isInstanceOf(DataException.class)
        .hasMessageContaining(
            "/root/test has the classes [cow], which split train has not: expected [cat, dog]");
  }

  @Test
  void classesAskedForThatAreNotTheFoldersAreTold() throws IOException {
    draw("cat/a.jpg", "dog/a.jpg");

    for (List<String> wanted : List.of(List.of("cat"), List.of("cat", "cow", "dog"))) {
      assertThatThrownBy(() -> open(wanted, input()))
          .isInstanceOf(DataException.class)
          .hasMessageContainingAll(
              "are not what --classes names: expected " + wanted, "found [cat, dog]");
    }
  }

  @Test
  void aClassWhoseNameIsNotVisibleIsTold() throws IOException {
    draw("cat/a.jpg", "do\ng/a.jpg");

    assertThatThrownBy(this::open)
        .isInstanceOf(DataException.class)
        .hasMessageContainingAll("Bad name of a class in file:", "found 'do\ng'");
  }

  @Test
  void splitsBesideOtherFoldersAreNotGuessed() throws IOException {
    draw("train/cat/a.jpg", "test/cat/a.jpg", "extra/cat/a.jpg");

    assertThatThrownBy(this::open)
        .isInstanceOf(DataException.class)
        .hasMessageContaining(
            "holds splits [test, train] and other folders [extra]: name each split with --input");
  }

  @Test
  void aSplitThatIsThereTwiceIsTold() throws IOException {
    draw("train/cat/a.jpg", "val/cat/a.jpg", "valid/cat/a.jpg");

    assertThatThrownBy(this::open)
        .isInstanceOf(DataException.class)
        .hasMessageContaining("holds the split validation twice, in [train, val, valid]");
  }

  @Test
  void aFolderWithoutFoldersIsNoDataset() throws IOException {
    draw("a.jpg");

    assertThatThrownBy(this::open)
        .isInstanceOf(MissingDatasetException.class)
        .hasMessageContainingAll(
            "No classes in file:", "expected a folder of images for each class, found no folder");
  }

  @Test
  void aFolderThatIsNotThereIsToldWithTheUser() {
    assertThatThrownBy(
            () ->
                open(
                    List.of(),
                    new SourceOptions.Input(Optional.empty(), uri(root.resolve("missing")))))
        .isInstanceOf(DataException.class)
        .hasMessageContainingAll(
            "Cannot read file:", "/missing as user " + System.getProperty("user.name"));
  }

  @Test
  void inputsWithAndWithoutASplitDoNotMix() throws IOException {
    draw("one/cat/a.jpg");

    assertThatThrownBy(
            () ->
                open(
                    List.of(),
                    new SourceOptions.Input(Optional.of("train"), uri(root.resolve("one"))),
                    new SourceOptions.Input(Optional.empty(), uri(root))))
        .isInstanceOf(DataException.class)
        .hasMessageContaining(
            "Format image-folder takes one --input PATH, or an --input SPLIT=PATH for each split");
  }

  @Test
  void aFileThatShrinksWhileItIsPackedIsTold() throws IOException {
    draw("cat/a.jpg");
    ExampleSource source = open();
    Row row = LocalPack.rows(source).get(0);
    Files.write(root.resolve("cat/a.jpg"), new byte[1]);

    try (RowReader reader = source.open(CONF)) {
      assertThatThrownBy(() -> reader.read(source.parts().get(0), row))
          .isInstanceOf(DataException.class)
          .isNotInstanceOf(BadExampleException.class)
          .hasMessageContainingAll("a.jpg had " + row.bytes() + " bytes when it was listed");
    }
  }

  @Test
  void packingTwiceGivesTheSameFiles() throws IOException {
    for (int i = 0; i < 20; i++) {
      draw("train/c" + i % 3 + "/" + i + ".png", "val/c" + i % 3 + "/" + i + ".jpg");
    }
    Path copy = folder.resolve("copy");
    List<Path> files;
    try (Stream<Path> walk = Files.walk(root)) {
      files = new ArrayList<>(walk.filter(Files::isRegularFile).sorted().toList());
    }
    Collections.shuffle(files, new Random(5));
    for (Path file : files) {
      Drawings.write(copy.resolve(root.relativize(file).toString()), Files.readAllBytes(file));
    }

    LocalPack.pack(open(), STRICT, folder.resolve("a"));
    LocalPack.pack(
        open(List.of(), new SourceOptions.Input(Optional.empty(), uri(copy))),
        STRICT,
        folder.resolve("b"));

    for (String name : Folders.names(folder.resolve("a"))) {
      assertThat(folder.resolve("b").resolve(name))
          .hasSameBinaryContentAs(folder.resolve("a").resolve(name));
    }
  }

  private ExampleSource open() throws IOException {
    return open(List.of(), input());
  }

  private static ExampleSource open(List<String> classes, SourceOptions.Input... inputs)
      throws IOException {
    return SourceFormat.IMAGE_FOLDER.open(new SourceOptions(List.of(inputs), classes), CONF);
  }

  private SourceOptions.Input input() {
    return new SourceOptions.Input(Optional.empty(), uri(root));
  }

  private static String uri(Path path) {
    return path.toUri().toString();
  }

  private static List<String> names(ExampleSource source) throws IOException {
    return LocalPack.rows(source).stream().map(Row::name).toList();
  }

  private void draw(String... files) throws IOException {
    for (String file : files) {
      Drawings.write(root.resolve(file), content(file));
    }
  }

  private static byte[] content(String file) {
    return file.endsWith(".png") ? Drawings.png(file.hashCode()) : Drawings.jpeg(file.hashCode());
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  /** The local file system, whose folders are listed in any order. Made by Hadoop. */
  public static final class Shuffled extends RawLocalFileSystem {
    @Override
    public URI getUri() {
      return URI.create("shuffled:///");
    }

    @Override
    public String getScheme() {
      return "shuffled";
    }

    @Override
    public FileStatus[] listStatus(org.apache.hadoop.fs.Path path) throws IOException {
      FileStatus[] all = super.listStatus(path);
      SplittableRandom random = Seeds.random(getConf().getInt("shuffled.seed", 0), all.length);
      for (int i = all.length - 1; i > 0; i--) {
        int j = random.nextInt(i + 1);
        FileStatus other = all[i];
        all[i] = all[j];
        all[j] = other;
      }
      return all;
    }
  }
}
