package tributary.datasets.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.zip.Deflater;
import java.util.zip.GZIPOutputStream;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tributary.datasets.Checks;
import tributary.datasets.DataException;
import tributary.datasets.Seeds;
import tributary.datasets.shard.Dataset;
import tributary.datasets.shard.LabelledExample;
import tributary.datasets.shard.Manifest;
import tributary.datasets.shard.MissingDatasetException;
import tributary.datasets.testing.Folders;
import tributary.datasets.testing.LocalPack;
import us.hebi.matlab.mat.format.Mat5;
import us.hebi.matlab.mat.types.Sinks;
import us.hebi.matlab.mat.types.Struct;

/** On an ILSVRC2012 of four classes, built as the real one is, with its oddities. */
@Timeout(120)
class ImageNetSourceTest {
  private static final Configuration CONF = new Configuration();
  private static final PackSettings SETTINGS = PackSettings.of(7, 3);

  /** WordNet ids in the order of the development kit's numbers 1 to 4, which is not theirs. */
  private static final List<String> IDS =
      List.of("n02119789", "n01440764", "n15075141", "n02105855");

  private static final int TRAIN_IMAGES = 6;
  private static final int VALIDATION_IMAGES = 13;

  @TempDir Path folder;

  private Path tree;
  private Path downloads;

  /** The usual tree of folders, and the downloads that hold the same. */
  @BeforeEach
  void build() throws IOException {
    tree = folder.resolve("tree");
    downloads = Files.createDirectory(folder.resolve("downloads"));
    for (String id : IDS) {
      for (int i = 0; i < TRAIN_IMAGES; i++) {
        Path file = tree.resolve("train/" + id + "/" + id + "_" + (97 * i % 100) + ".JPEG");
        Drawings.write(file, image(id.hashCode() + i, i));
      }
    }
    Path flat = folder.resolve("flat");
    for (int number = 1; number <= VALIDATION_IMAGES; number++) {
      String name = Checks.format("ILSVRC2012_val_%08d.JPEG", number);
      byte[] image = image(number, number);
      Drawings.write(flat.resolve(name), image);
      Drawings.write(tree.resolve("val/" + validationId(number) + "/" + name), image);
    }
    packTrain(IDS);
    TarProgram.pack(downloads.resolve("ILSVRC2012_img_val.tar"), flat, List.of());
    writeKit(truth());
  }

  @Test
  void packsToTheSameFilesAsTheTreeOfFolders() throws IOException {
    LocalPack.pack(open(), SETTINGS, folder.resolve("a"));
    LocalPack.pack(
        SourceFormat.IMAGE_FOLDER.open(options(tree), CONF), SETTINGS, folder.resolve("b"));

    assertThat(Folders.names(folder.resolve("a")))
        .isEqualTo(Folders.names(folder.resolve("b")))
        .contains("train-00003.tar", "validation-00001.tar");
    for (String name : Folders.names(folder.resolve("a"))) {
      assertThat(folder.resolve("a").resolve(name))
          .hasSameBinaryContentAs(folder.resolve("b").resolve(name));
    }
  }

  @Test
  void everyImageIsWhatTheTarProgramExtracts() throws IOException {
    SortedMap<String, byte[]> extracted = new TreeMap<>();
    SortedMap<String, byte[]> classTars =
        TarProgram.unpack(downloads.resolve("ILSVRC2012_img_train.tar"), folder.resolve("outer"));
    for (String name : classTars.keySet()) {
      String id = name.substring(0, 9);
      TarProgram.unpack(folder.resolve("outer").resolve(name), folder.resolve("inner/" + id))
          .forEach((file, content) -> extracted.put("train/" + id + "/" + file, content));
    }
    TarProgram.unpack(downloads.resolve("ILSVRC2012_img_val.tar"), folder.resolve("val"))
        .forEach(
            (file, content) -> {
              int number = Integer.parseInt(file.substring(15, 23));
              extracted.put("val/" + validationId(number) + "/" + file, content);
            });

    ExampleSource source = open();
    Drawings.requireSendable(source);
    SortedMap<String, byte[]> read = new TreeMap<>();
    try (RowReader reader = source.open(CONF)) {
      for (Row row : LocalPack.rows(source)) {
        read.put(row.name(), reader.read(source.parts().get(row.part()), row).get("img"));
      }
    }

    assertThat(read).hasSize(IDS.size() * TRAIN_IMAGES + VALIDATION_IMAGES);
    assertThat(TarProgram.comparable(read)).isEqualTo(TarProgram.comparable(extracted));
  }

  @Test
  void labelsAreRanksOfTheSortedIds() throws IOException {
    Manifest manifest = LocalPack.pack(open(), SETTINGS, folder.resolve("packed"));

    assertThat(manifest.classes()).isEqualTo(IDS.stream().sorted().toList());
    assertThat(manifest.splits().keySet()).containsExactly("train", "validation");
    try (Dataset dataset = Dataset.open(folder.resolve("packed").toUri().toString(), CONF)) {
      for (int number = 0; number < VALIDATION_IMAGES; number++) {
        LabelledExample example = dataset.read("validation", number);
        String name = new String(example.example().fields().get("name"), StandardCharsets.UTF_8);
        String file = name.substring(name.lastIndexOf('/') + 1);
        assertThat(manifest.classes().get(example.label()))
            .isEqualTo(validationId(Integer.parseInt(file.substring(15, 23))));
      }
    }
  }

  @Test
  void labelsMayComeAsAText() throws IOException {
    List<Row> withKit = LocalPack.rows(open());
    Files.delete(downloads.resolve("ILSVRC2012_devkit_t12.tar.gz"));
    StringBuilder lines = new StringBuilder();
    for (int number = 1; number <= VALIDATION_IMAGES; number++) {
      lines.append(validationId(number)).append('\n');
    }
    Files.writeString(
        downloads.resolve("imagenet_2012_validation_synset_labels.txt"), lines.toString());

    assertThat(LocalPack.rows(open())).isEqualTo(withKit);
  }

  @Test
  void theOrderOfTheClassArchivesChangesNothing() throws IOException {
    LocalPack.pack(open(), SETTINGS, folder.resolve("a"));
    packTrain(IDS.stream().sorted().toList());
    LocalPack.pack(open(), SETTINGS, folder.resolve("b"));

    for (String name : Folders.names(folder.resolve("a"))) {
      assertThat(folder.resolve("a").resolve(name))
          .hasSameBinaryContentAs(folder.resolve("b").resolve(name));
    }
  }

  @Test
  void oneSplitAloneWillDo() throws IOException {
    Files.move(downloads.resolve("ILSVRC2012_img_val.tar"), folder.resolve("away.tar"));
    Files.move(downloads.resolve("ILSVRC2012_devkit_t12.tar.gz"), folder.resolve("kit.tar.gz"));
    assertThat(open().parts()).extracting(Part::split).containsOnly("train");

    Files.move(downloads.resolve("ILSVRC2012_img_train.tar"), folder.resolve("train.tar"));
    Files.move(folder.resolve("away.tar"), downloads.resolve("ILSVRC2012_img_val.tar"));
    Files.move(folder.resolve("kit.tar.gz"), downloads.resolve("ILSVRC2012_devkit_t12.tar.gz"));
    Manifest manifest = LocalPack.pack(open(), SETTINGS, folder.resolve("packed"));
    assertThat(manifest.splits().keySet()).containsExactly("validation");
    assertThat(manifest.classes()).isEqualTo(IDS.stream().sorted().toList());
  }

  @Test
  void hostileNamesAndLinksAreNeverFollowed() throws IOException {
    Path inside = Files.createDirectories(folder.resolve("inside"));
    Drawings.write(inside.resolve("n01440764_1.JPEG"), Drawings.jpeg(1));
    Files.write(folder.resolve("secret"), Drawings.jpeg(2));
    Files.createSymbolicLink(inside.resolve("n01440764_2.JPEG"), folder.resolve("secret"));
    Path classTar = folder.resolve("outer/n01440764.tar");
    Files.createDirectories(classTar.getParent());
    TarProgram.pack(
        classTar,
        inside,
        List.of("n01440764_1.JPEG", "n01440764_2.JPEG"),
        "--transform=s,^n01440764_1,../../../evil,");
    TarProgram.pack(
        downloads.resolve("ILSVRC2012_img_train.tar"),
        folder.resolve("outer"),
        List.of("n01440764.tar"));
    Files.delete(downloads.resolve("ILSVRC2012_img_val.tar"));
    List<String> before = Folders.names(folder);

    LocalPack.pack(open(), SETTINGS, folder.resolve("packed"));

    assertThat(LocalPack.rows(open()))
        .extracting(Row::name)
        .containsExactly("train/n01440764/evil.JPEG");
    List<String> after = new ArrayList<>(Folders.names(folder));
    after.removeAll(before);
    assertThat(after).containsExactly("packed");
  }

  @Test
  void anArchiveThatIsCutOffIsToldByByte() throws IOException {
    Path train = downloads.resolve("ILSVRC2012_img_train.tar");
    byte[] whole = Files.readAllBytes(train);
    Files.write(train, Arrays.copyOf(whole, whole.length / 2 + 100));

    assertThatThrownBy(this::open)
        .isInstanceOf(DataException.class)
        .hasMessageContainingAll("Bad tar at byte ", "ILSVRC2012_img_train.tar", "it is cut off");
  }

  @Test
  void aClassArchiveThatIsNoArchiveIsToldByByteOfTheWhole() throws IOException {
    Path train = downloads.resolve("ILSVRC2012_img_train.tar");
    byte[] bytes = Files.readAllBytes(train);
    Arrays.fill(bytes, 512, 1024, (byte) 'x');
    Files.write(train, bytes);

    assertThatThrownBy(() -> LocalPack.rows(open()))
        .isInstanceOf(DataException.class)
        .hasMessageContainingAll(
            "Bad tar: expected a member's header at byte 512 of ", "ILSVRC2012_img_train.tar");
  }

  @Test
  void missingArchivesAndMissingLabelsAreTold() throws IOException {
    Files.delete(downloads.resolve("ILSVRC2012_devkit_t12.tar.gz"));
    assertThatThrownBy(this::open)
        .isInstanceOf(MissingDatasetException.class)
        .hasMessageContainingAll(
            "No labels of the validation images in file:",
            "expected ILSVRC2012_devkit_t12.tar.gz, or *validation_synset_labels.txt",
            "without ILSVRC2012_img_val.tar train is packed alone");

    Files.delete(downloads.resolve("ILSVRC2012_img_val.tar"));
    Files.delete(downloads.resolve("ILSVRC2012_img_train.tar"));
    assertThatThrownBy(this::open)
        .isInstanceOf(MissingDatasetException.class)
        .hasMessageContaining("expected ILSVRC2012_img_train.tar, ILSVRC2012_img_val.tar or both");
  }

  @Test
  void aFileThatIsNoClassArchiveIsTold() throws IOException {
    Path train = downloads.resolve("ILSVRC2012_img_train.tar");
    Files.copy(downloads.resolve("ILSVRC2012_img_val.tar"), folder.resolve("copy.tar"));
    TarProgram.pack(train, folder, List.of("copy.tar"));

    assertThatThrownBy(this::open)
        .isInstanceOf(DataException.class)
        .hasMessageContainingAll(
            "expected archives of classes such as n01440764.tar, found 'copy.tar' at byte 512");
  }

  @Test
  void aValidationClassThatTrainHasNotIsTold() throws IOException {
    packTrain(IDS.subList(0, 3));

    assertThatThrownBy(() -> LocalPack.pack(open(), SETTINGS, folder.resolve("packed")))
        .isInstanceOf(DataException.class)
        .hasMessageContaining(
            "Split validation has examples of the classes [n02105855], which split train has not");
  }

  @Test
  void fewerLabelsThanImagesAreTold() throws IOException {
    writeKit("1\n2\n");
    assertThatThrownBy(() -> LocalPack.rows(open()))
        .isInstanceOf(DataException.class)
        .hasMessageContainingAll(
            "no label for ILSVRC2012_val_00000003.JPEG", "ILSVRC2012_devkit_t12.tar.gz has 2");
  }

  @Test
  void labelsThatAreNoneAreToldByLine() throws IOException {
    writeKit("1\ntwo\n");
    badKit("line 2: expected the number of a class, found 'two'");
    writeKit("1\n2\n1001\n");
    badKit("line 3: expected a class of meta.mat, found '1001'");
    Path kit = downloads.resolve("ILSVRC2012_devkit_t12.tar.gz");
    byte[] whole = Files.readAllBytes(kit);
    Files.write(kit, Arrays.copyOf(whole, whole.length / 2));
    badKit("expected gzip, found a broken one");
    Files.write(kit, gzip(new byte[1024]));
    badKit("expected data/ILSVRC2012_validation_ground_truth.txt and data/meta.mat in it");
    writeKit(new byte[200], "1\n");
    badKit("Bad meta.mat in ");
    Files.delete(kit);
    Files.writeString(downloads.resolve("validation_synset_labels.txt"), "n01440764\ncat\n");
    badKit("line 2: expected a WordNet id such as n01440764, found 'cat'");
  }

  @Test
  void theTableOfClassesIsReadCompressedOrNot() throws IOException {
    for (int level : List.of(Deflater.NO_COMPRESSION, Deflater.BEST_COMPRESSION)) {
      assertThat(SynsetTable.read(table(level), "test"))
          .hasSize(1_000)
          .containsAllEntriesOf(Map.of(1, IDS.get(0), 4, IDS.get(3), 1_000, "n00000999"));
    }
  }

  @Test
  void aDamagedTableOfClassesIsRefusedOrReadButNeverMore() throws IOException {
    SplittableRandom random = Seeds.random(5);
    int refused = 0;
    for (int level : List.of(Deflater.NO_COMPRESSION, Deflater.BEST_COMPRESSION)) {
      byte[] whole = table(level);
      for (int i = 0; i < 2_000; i++) {
        byte[] mutated = Arrays.copyOf(whole, random.nextInt(whole.length / 2, whole.length + 1));
        for (int n = random.nextInt(1, 40); n > 0; n--) {
          mutated[random.nextInt(120, mutated.length)] = (byte) random.nextInt(256);
        }
        try {
          assertThat(SynsetTable.read(mutated, "test")).hasSizeLessThanOrEqualTo(1_000);
        } catch (DataException e) {
          refused++;
          assertThat(e).hasMessageStartingWith("Bad meta.mat in test: expected a MATLAB 5 file");
        }
      }
    }
    assertThat(refused).isGreaterThan(1_000);
  }

  private void badKit(String reason) {
    assertThatThrownBy(this::open).isInstanceOf(DataException.class).hasMessageContaining(reason);
  }

  private ExampleSource open() throws IOException {
    return SourceFormat.IMAGENET.open(options(downloads), CONF);
  }

  private static SourceOptions options(Path folder) {
    return new SourceOptions(
        List.of(new SourceOptions.Input(Optional.empty(), folder.toUri().toString())), List.of());
  }

  /** A JPEG; now and then a PNG of the same name, or a JPEG that lies on its side. */
  private static byte[] image(long seed, int number) {
    return switch (number % 5) {
      case 2 -> Drawings.png(seed);
      case 3 -> Drawings.turnedJpeg(seed);
      default -> Drawings.jpeg(seed);
    };
  }

  private static String validationId(int number) {
    return IDS.get(number * 7 % 4);
  }

  private void packTrain(List<String> ids) throws IOException {
    Path classTars = folder.resolve("class-tars");
    List<String> names = new ArrayList<>();
    for (String id : ids) {
      Files.createDirectories(classTars);
      names.add(id + ".tar");
      Path images = tree.resolve("train/" + id);
      TarProgram.pack(classTars.resolve(id + ".tar"), images, Folders.names(images));
    }
    TarProgram.pack(downloads.resolve("ILSVRC2012_img_train.tar"), classTars, names);
  }

  /** The kit's numbers of the validation images' classes. */
  private static String truth() {
    StringBuilder lines = new StringBuilder();
    for (int number = 1; number <= VALIDATION_IMAGES; number++) {
      lines.append(IDS.indexOf(validationId(number)) + 1).append('\n');
    }
    return lines.toString();
  }

  private void writeKit(String truth) throws IOException {
    writeKit(table(Deflater.BEST_COMPRESSION), truth);
  }

  private void writeKit(byte[] table, String truth) throws IOException {
    Path data = folder.resolve("kit/ILSVRC2012_devkit_t12/data");
    Drawings.write(data.resolve("meta.mat"), table);
    Files.writeString(data.resolve("ILSVRC2012_validation_ground_truth.txt"), truth);
    Path tar = folder.resolve("kit.tar");
    TarProgram.pack(tar, folder.resolve("kit"), List.of("ILSVRC2012_devkit_t12"));
    Files.write(downloads.resolve("ILSVRC2012_devkit_t12.tar.gz"), gzip(Files.readAllBytes(tar)));
  }

  /** The kit's table, written by another program: the classes that images have, and others. */
  private static byte[] table(int compression) throws IOException {
    List<String> all = new ArrayList<>(IDS);
    while (all.size() < 1_000) {
      all.add(Checks.format("n%08d", all.size()));
    }
    Struct synsets = Mat5.newStruct(all.size(), 1);
    for (int i = 0; i < all.size(); i++) {
      synsets.set("ILSVRC2012_ID", i, Mat5.newScalar(i + 1));
      synsets.set("WNID", i, Mat5.newString(all.get(i)));
      synsets.set("words", i, Mat5.newString("a thing, a something"));
      synsets.set("children", i, Mat5.newMatrix(1, i % 5));
    }
    ByteBuffer buffer = ByteBuffer.allocate(1 << 21);
    Mat5.newWriter(Sinks.wrap(buffer))
        .setDeflateLevel(compression)
        .writeMat(
            Mat5.newMatFile()
                .addArray("before", Mat5.newScalar(1))
                .addArray("synsets", synsets)
                .addArray("after", Mat5.newString("x")));
    return Arrays.copyOf(buffer.array(), buffer.position());
  }

  private static byte[] gzip(byte[] bytes) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
      gzip.write(bytes);
    }
    return out.toByteArray();
  }
}
