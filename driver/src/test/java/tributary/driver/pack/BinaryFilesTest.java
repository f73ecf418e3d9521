package tributary.driver.pack;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.when;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tributary.datasets.DataException;
import tributary.datasets.shard.Manifest;
import tributary.datasets.source.PackSettings;
import tributary.datasets.source.SourceFormat;
import tributary.datasets.source.SourceOptions;
import tributary.datasets.testing.Folders;
import tributary.datasets.testing.LocalPack;
import tributary.datasets.testing.Photos;

@Timeout(180)
class BinaryFilesTest {
  private static final PackSettings SETTINGS = new PackSettings(8, 0.2, 3, 24, 90, 0.2);

  private static SparkSession spark;

  @TempDir Path folder;

  private Path root;

  @BeforeAll
  static void startSpark() {
    spark =
        SparkSession.builder()
            .master("local[2]")
            .config("spark.ui.enabled", "false")
            .config("spark.driver.host", "127.0.0.1")
            .config("spark.sql.shuffle.partitions", "3")
            .getOrCreate();
  }

  @AfterAll
  static void stopSpark() {
    spark.stop();
  }

  @BeforeEach
  void makeImages() throws IOException {
    root = folder.resolve("a root");
    for (int number = 0; number < 50; number++) {
      String name =
          (number % 3 == 0 ? "cats & dogs/" : number % 3 == 1 ? "owl/" : "owl/deep/er/")
              + (number % 2 == 0 ? "photo " : "100%25-")
              + number
              + ".jpg";
      Files.createDirectories(root.resolve(name).getParent());
      byte[] photo = number == 17 ? new byte[] {1, 2} : Photos.jpeg(30 + number, 40, number);
      Files.write(root.resolve(name), photo);
    }
  }

  @Test
  void comesToTheBytesOfAFolderOfImages() throws IOException {
    pack(BinaryFiles.of(frame(), root.toString()), SETTINGS, "frame");

    LocalPack.pack(
        SourceFormat.IMAGE_FOLDER.open(
            new SourceOptions(
                List.of(new SourceOptions.Input(Optional.empty(), root.toString())), List.of()),
            new Configuration()),
        SETTINGS,
        folder.resolve("folder"));
    List<String> names = Folders.names(folder.resolve("folder"));
    assertThat(names).contains("train-00003.tar", "validation-00000.tar", "quarantine.jsonl");
    assertThat(Folders.names(folder.resolve("frame"))).isEqualTo(names);
    for (String name : names) {
      if (!name.equals("quarantine.jsonl")) {
        assertThat(folder.resolve("frame").resolve(name))
            .hasSameBinaryContentAs(folder.resolve("folder").resolve(name));
      }
    }
    assertThat(folder.resolve("frame/quarantine.jsonl"))
        .content()
        .contains("17.jpg", "found unknown bytes");
  }

  @Test
  void contentsNeedNotBeWhereThePathsSay() throws IOException {
    pack(BinaryFiles.of(frame(), root.toString()), SETTINGS, "there");
    Dataset<Row> kept = frame().localCheckpoint(true);
    Folders.delete(root);

    pack(BinaryFiles.of(kept, root.toString()), SETTINGS, "gone");

    for (String name : Folders.names(folder.resolve("there"))) {
      assertThat(folder.resolve("gone").resolve(name))
          .hasSameBinaryContentAs(folder.resolve("there").resolve(name));
    }
  }

  @Test
  void classesMayBeThoseOfAColumn() throws IOException {
    Dataset<Row> labelled =
        frame()
            .withColumn(
                "kind",
                when(col("path").contains("photo"), lit(1))
                    .when(col("path").contains("-1.jpg"), lit(null))
                    .otherwise(lit(0)));
    BinaryFiles files = BinaryFiles.of(labelled, root.toString()).withLabels("kind");

    assertThat(pack(files, SETTINGS, "sorted").classes()).containsExactly("0", "1");
    assertThat(folder.resolve("sorted/quarantine.jsonl"))
        .content()
        .contains("-1.jpg", "class: expected one of [0, 1], found null");
    Manifest reversed = pack(files.withClasses(List.of("1", "0")), SETTINGS, "reversed");
    assertThat(reversed.classes()).containsExactly("1", "0");
  }

  @Test
  void aMissingContentIsABadExample() throws IOException {
    Dataset<Row> holes =
        frame()
            .withColumn(
                "content",
                when(col("path").contains("photo 4.jpg"), lit(null)).otherwise(col("content")));

    pack(BinaryFiles.of(holes, root.toString()), SETTINGS, "holes");

    assertThat(folder.resolve("holes/quarantine.jsonl"))
        .content()
        .contains("photo 4.jpg", "it has no content");
  }

  @Test
  void framesThatAreNotOfFilesAreTold() throws IOException {
    assertThatThrownBy(() -> BinaryFiles.of(frame().drop("content"), root.toString()))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("has no column content: expected path, length and content");
    assertThatThrownBy(() -> BinaryFiles.of(frame(), root.toString()).withLabels("species"))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("has no column species");
    assertThatThrownBy(() -> BinaryFiles.of(frame(), root.resolve("owl").toString()).job(SETTINGS))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("expected all below file:" + root.resolve("owl") + "/");
    assertThatThrownBy(() -> BinaryFiles.of(frame().union(frame()), root.toString()).job(SETTINGS))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("comes more than once in the DataFrame");
    assertThatThrownBy(() -> BinaryFiles.of(frame().limit(0), root.toString()).job(SETTINGS))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("No examples in file:" + root);
  }

  private Dataset<Row> frame() {
    return spark
        .read()
        .format("binaryFile")
        .option("recursiveFileLookup", "true")
        .load("file:" + root);
  }

  private Manifest pack(BinaryFiles files, PackSettings settings, String to) throws IOException {
    PrintStream nobody = new PrintStream(new ByteArrayOutputStream(), true, StandardCharsets.UTF_8);
    try (PackJob job = files.job(settings)) {
      return job.pack(folder.resolve(to).toString(), new PackProgress(nobody, false));
    }
  }
}
