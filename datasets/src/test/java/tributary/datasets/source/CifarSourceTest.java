package tributary.datasets.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tributary.datasets.DataException;
import tributary.datasets.Seeds;
import tributary.datasets.image.ImageDecoder;
import tributary.datasets.shard.Dataset;
import tributary.datasets.shard.ImageShape;
import tributary.datasets.shard.LabelledExample;
import tributary.datasets.shard.Manifest;
import tributary.datasets.shard.MissingDatasetException;
import tributary.datasets.testing.Folders;
import tributary.datasets.testing.LocalPack;

class CifarSourceTest {
  private static final Configuration CONF = new Configuration();
  private static final List<String> TEN =
      List.of(
          "airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck");

  @TempDir Path folder;

  @Test
  void tenClassesComeInTheOrderOfTheFiles() throws IOException {
    writeTen(folder);

    Manifest manifest =
        LocalPack.pack(
            open(SourceFormat.CIFAR_10), PackSettings.of(100, 3), folder.resolve("packed"));

    assertThat(manifest.classes()).isEqualTo(TEN);
    assertThat(manifest.examples("train")).isEqualTo(5 * 150);
    assertThat(manifest.examples("test")).isEqualTo(150);
    assertThat(manifest.images().shape()).contains(new ImageShape(3, 32, 32));
    try (Dataset dataset = Dataset.open(folder.resolve("packed").toUri().toString(), CONF)) {
      for (int number : List.of(0, 149, 150, 423, 749)) {
        byte[] row = row(number / 150 + 1, number % 150, 1, 10);
        LabelledExample example = dataset.read("train", number);
        assertThat(example.label()).isEqualTo(row[0]);
        assertThat(ImageDecoder.decode(example.example().fields().get("png"), 3).pixels())
            .isEqualTo(Arrays.copyOfRange(row, 1, 3073));
      }
      assertThat(dataset.read("test", 7).label()).isEqualTo(row(6, 7, 1, 10)[0]);
    }
  }

  @Test
  void ofAHundredClassesTheFineLabelCounts() throws IOException {
    write(folder.resolve("train.bin"), 1, 220, 2, 100);
    write(folder.resolve("test.bin"), 2, 40, 2, 100);

    Drawings.requireSendable(open(SourceFormat.CIFAR_100));
    List<Row> rows = LocalPack.rows(open(SourceFormat.CIFAR_100));

    assertThat(rows).hasSize(260);
    assertThat(rows.get(211).className()).isEqualTo(Byte.toString(row(1, 211, 2, 100)[1]));
    assertThat(rows.get(211).offset()).isEqualTo(211L * 3074);
    ExampleSource source = open(SourceFormat.CIFAR_100);
    try (RowReader reader = source.open(CONF)) {
      byte[] png = reader.read(source.parts().get(0), rows.get(211)).get("img");
      assertThat(ImageDecoder.decode(png, 3).pixels())
          .isEqualTo(Arrays.copyOfRange(row(1, 211, 2, 100), 2, 3074));
    }
  }

  @Test
  void theFolderThatTheArchiveMakesIsFoundToo() throws IOException {
    writeTen(Files.createDirectory(folder.resolve("cifar-10-batches-bin")));

    assertThat(LocalPack.rows(open(SourceFormat.CIFAR_10))).hasSize(900);
  }

  @ParameterizedTest
  @CsvSource({"cifar-10-binary.tar.gz,true", "c.tgz,true", "cifar-10-binary.tar.gz,false"})
  void theArchivesAsTheyAreDownloadedComeToTheSameBytes(String name, boolean named)
      throws IOException {
    Path files = Files.createDirectories(folder.resolve("files/cifar-10-batches-bin"));
    writeTen(files);
    Files.writeString(files.resolve("readme.html"), "<html>");
    Path archive = Files.createDirectory(folder.resolve("archive")).resolve(name);
    // Not in the order of the names, as in the real one: readers must go back.
    TarProgram.pack(
        archive,
        folder.resolve("files"),
        Stream.of("data_batch_4", "test_batch", "data_batch_1", "data_batch_3")
            .map(file -> "cifar-10-batches-bin/" + file + ".bin")
            .toList(),
        "--gzip");
    assertThatThrownBy(() -> open(SourceFormat.CIFAR_10, archive))
        .isInstanceOf(MissingDatasetException.class)
        .hasMessageContaining(name + "/data_batch_2.bin: expected [data_batch_1.bin,");
    TarProgram.pack(
        archive,
        folder.resolve("files"),
        Stream.of(
                "data_batch_4.bin",
                "readme.html",
                "test_batch.bin",
                "data_batch_1.bin",
                "data_batch_3.bin",
                "batches.meta.txt",
                "data_batch_5.bin",
                "data_batch_2.bin")
            .map(file -> "cifar-10-batches-bin/" + file)
            .toList(),
        "--gzip");
    PackSettings settings = new PackSettings(64, 0.3, 3, 0, 90, -1);

    LocalPack.pack(
        open(SourceFormat.CIFAR_10, named ? archive : archive.getParent()),
        settings,
        folder.resolve("packed"));

    LocalPack.pack(
        open(SourceFormat.CIFAR_10, folder.resolve("files")), settings, folder.resolve("expected"));
    assertThat(Folders.names(folder.resolve("packed")))
        .isEqualTo(Folders.names(folder.resolve("expected")));
    for (String packed : Folders.names(folder.resolve("packed"))) {
      assertThat(folder.resolve("packed").resolve(packed))
          .hasSameBinaryContentAs(folder.resolve("expected").resolve(packed));
    }
  }

  @Test
  void anArchiveThatIsDamagedIsTold() throws IOException {
    Path files = Files.createDirectories(folder.resolve("files"));
    writeTen(files);
    Path archive = folder.resolve("cifar-10-binary.tar.gz");
    TarProgram.pack(archive, files, List.of(), "--gzip");
    byte[] whole = Files.readAllBytes(archive);

    Files.write(archive, Arrays.copyOf(whole, whole.length / 2));
    assertThatThrownBy(() -> LocalPack.rows(open(SourceFormat.CIFAR_10, archive)))
        .isInstanceOf(DataException.class)
        .hasMessageContainingAll("cifar-10-binary.tar.gz", "the file was changed or is cut off");

    Files.writeString(archive, "<html>not found");
    assertThatThrownBy(() -> open(SourceFormat.CIFAR_10, archive))
        .isInstanceOf(DataException.class)
        .hasMessageContainingAll("Cannot unpack file:", "up to byte 0: Not in GZIP format");
  }

  @Test
  void aLengthThatIsNotOfWholeRowsIsToldByByte() throws IOException {
    writeTen(folder);
    Path file = folder.resolve("data_batch_4.bin");
    Files.write(file, Arrays.copyOf(Files.readAllBytes(file), 3073 * 20 + 5));

    assertThatThrownBy(() -> open(SourceFormat.CIFAR_10))
        .isInstanceOf(DataException.class)
        .hasMessageContainingAll(
            "data_batch_4.bin: expected rows of 3073 bytes, found 61465 bytes, of which the last"
                + " row, at byte 61460, has 5");
  }

  @Test
  void anEmptyFileIsTold() throws IOException {
    writeTen(folder);
    Files.write(folder.resolve("test_batch.bin"), new byte[0]);

    assertThatThrownBy(() -> open(SourceFormat.CIFAR_10))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("test_batch.bin: expected rows of 3073 bytes, found 0 bytes");
  }

  @Test
  void aMissingFileIsTold() throws IOException {
    writeTen(folder);
    Files.delete(folder.resolve("data_batch_3.bin"));

    assertThatThrownBy(() -> open(SourceFormat.CIFAR_10))
        .isInstanceOf(MissingDatasetException.class)
        .hasMessageContainingAll("No file file:", "data_batch_3.bin: expected [data_batch_1.bin,");
  }

  @Test
  void aLabelWithoutAClassIsABadExample() throws IOException {
    writeTen(folder);
    Path file = folder.resolve("data_batch_2.bin");
    byte[] rows = Files.readAllBytes(file);
    rows[3073 * 3] = 77;
    Files.write(file, rows);

    LocalPack.pack(
        open(SourceFormat.CIFAR_10),
        new PackSettings(1000, 0, 3, 0, 90, 0.1),
        folder.resolve("packed"));

    assertThat(folder.resolve("packed/quarantine.jsonl"))
        .content()
        .contains("data_batch_2.bin", "\"offset\":9219", "label: expected 0..9, found 77");
  }

  @Test
  void namesThatAreTooFewAreTold() throws IOException {
    writeTen(folder);
    Files.writeString(folder.resolve("batches.meta.txt"), "cat\ndog\n");

    assertThatThrownBy(() -> open(SourceFormat.CIFAR_10))
        .isInstanceOf(DataException.class)
        .hasMessageContainingAll("batches.meta.txt: expected 10 names that differ", "[cat, dog]");
  }

  private ExampleSource open(SourceFormat format) throws IOException {
    return open(format, folder);
  }

  private static ExampleSource open(SourceFormat format, Path input) throws IOException {
    return format.open(
        new SourceOptions(
            List.of(new SourceOptions.Input(Optional.empty(), input.toUri().toString())),
            List.of()),
        CONF);
  }

  private static void writeTen(Path folder) throws IOException {
    for (int batch = 1; batch <= 5; batch++) {
      write(folder.resolve("data_batch_" + batch + ".bin"), batch, 150, 1, 10);
    }
    write(folder.resolve("test_batch.bin"), 6, 150, 1, 10);
    Files.writeString(folder.resolve("batches.meta.txt"), String.join("\n", TEN) + "\n\n");
  }

  private static void write(Path file, int seed, int count, int labelBytes, int classes)
      throws IOException {
    byte[] rows = new byte[count * (labelBytes + 3072)];
    for (int i = 0; i < count; i++) {
      byte[] row = row(seed, i, labelBytes, classes);
      System.arraycopy(row, 0, rows, i * row.length, row.length);
    }
    Files.write(file, rows);
  }

  private static byte[] row(int seed, int number, int labelBytes, int classes) {
    SplittableRandom random = Seeds.random(seed, number);
    byte[] row = new byte[labelBytes + 3072];
    random.nextBytes(row);
    row[0] = (byte) random.nextInt(20);
    row[labelBytes - 1] = (byte) random.nextInt(classes);
    return row;
  }
}
