package tributary.driver.features;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import tributary.datasets.DataException;
import tributary.datasets.Sha256;
import tributary.datasets.image.Image;
import tributary.datasets.image.PngEncoder;
import tributary.datasets.shard.Dataset;
import tributary.datasets.source.PackSettings;
import tributary.datasets.source.SourceFormat;
import tributary.datasets.source.SourceOptions;
import tributary.datasets.testing.BrokenImages;
import tributary.datasets.testing.FashionMnist;
import tributary.datasets.testing.Folders;
import tributary.datasets.testing.LocalPack;
import tributary.driver.checkpoint.Checkpoint;
import tributary.driver.conf.ConfigurationException;
import tributary.driver.conf.Settings;
import tributary.driver.round.LocalSpark;
import tributary.worker.features.FeatureSettings;
import tributary.worker.features.FeatureSettings.Norm;
import tributary.worker.features.FeatureSettings.Pooling;

@Tag("spark")
@Timeout(180)
@ExtendWith(FashionMnist.class)
class ExtractionTest {
  private static final List<String> BOTH = List.of("train", "test");
  private static final FeatureSettings FC1 = of("fc1");

  /** Shards of 70, 70, 20; and of 40. */
  private static Path data;

  private static JavaSparkContext spark;
  private static SparkSession session;
  private static Checkpoint lenet;

  @TempDir static Path shared;
  @TempDir Path folder;

  private final ByteArrayOutputStream told = new ByteArrayOutputStream();

  @BeforeAll
  static void extractOnce() throws IOException {
    data = FashionMnist.shards(160, 40, 70);
    spark = LocalSpark.ofSlots(2);
    session = SparkSession.builder().sparkContext(spark.sc()).getOrCreate();
    lenet = Trained.lenet(data, 1);
    extract(shared.resolve("whole"), lenet, settings(), FC1, silent());
  }

  @AfterAll
  static void stopSpark() {
    session.close();
    spark.close();
  }

  @Test
  void sparkReadsARowForEachExampleWithTheColumnsThatArePromised() {
    var table = session.read().parquet(shared.resolve("whole").toString());

    assertThat(table.schema().toDDL())
        .isEqualTo(
            "key STRING,label INT,vector ARRAY<FLOAT>,width INT,height INT,error STRING,"
                + "split STRING");
    assertThat(table.count()).isEqualTo(200);
    assertThat(table.select("split", "key").distinct().count()).isEqualTo(200);
    Row row = table.where("split = 'test' and key = '0000000'").head();
    assertThat(row.<Integer>getAs("label")).isEqualTo(9);
    assertThat(row.<Integer>getAs("width")).isEqualTo(28);
    assertThat(row.<Integer>getAs("height")).isEqualTo(28);
    assertThat(row.isNullAt(row.fieldIndex("error"))).isTrue();
    assertThat(row.getList(row.fieldIndex("vector"))).hasSize(500);
  }

  @Test
  void theBytesAreTheSameOnAnyExecutorsAndForAnyMinibatchSize() throws IOException {
    extract(
        folder.resolve("other"),
        lenet,
        settings("evaluation.minibatch-size=7", "input.decode-threads=2", "input.prefetch=1"),
        FC1,
        silent());
    assertThat(hashes(folder.resolve("other"))).isEqualTo(hashes(shared.resolve("whole")));
  }

  @Test
  void bothEnginesComeToTheSameVectors() throws IOException {
    extract(folder.resolve("nd4j"), lenet, settings("engine.type=nd4j"), FC1, silent());
    SortedMap<String, float[]> expected = vectors(folder.resolve("nd4j"), "vector");
    SortedMap<String, float[]> found = vectors(shared.resolve("whole"), "vector");
    assertThat(found.keySet()).isEqualTo(expected.keySet());
    found.forEach(
        (key, vector) ->
            assertThat(vector).as(key).containsExactly(expected.get(key), within(1e-5f)));
  }

  @Test
  void severalLayersAreAColumnEachPooledAndScaled() throws IOException {
    FeatureSettings both = new FeatureSettings(List.of("conv2", "fc1"), Pooling.AVERAGE, Norm.L2);
    Extraction.Summary summary = extract(folder, lenet, settings(), both, silent());

    assertThat(summary.lengths()).containsExactly(50, 500);
    SortedMap<String, float[]> plain = vectors(shared.resolve("whole"), "vector");
    SortedMap<String, float[]> scaled = vectors(folder, "vector_fc1");
    scaled.forEach(
        (key, vector) -> {
          double length = length(plain.get(key));
          for (int i = 0; i < vector.length; i++) {
            assertThat(vector[i] * length).isCloseTo(plain.get(key)[i], within(1e-5));
          }
        });
    assertThat(vectors(folder, "vector_conv2").values())
        .allSatisfy(vector -> assertThat(length(vector)).isCloseTo(1, within(1e-5)));
  }

  @Test
  void badImagesAreRowsWithTheirErrorUpToTheShareThatMayBe() throws IOException {
    Path broken = folder.resolve("broken");
    BrokenImages.copy(data, broken, Map.of("train", Set.of(0L, 75L, 76L), "test", Set.of(5L)));
    Path to = folder.resolve("to");

    assertThatThrownBy(() -> extract(to, lenet, Trained.settings(broken), FC1, silent()))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("of the ")
        .hasMessageContaining("bad, more than the share of 0.01");

    Settings lenient = Trained.settings(broken, "input.max-bad-fraction=0.05");
    Extraction.Summary summary = extract(to, lenet, lenient, FC1, silent());

    assertThat(summary.rows()).isEqualTo(200);
    assertThat(summary.bad()).isEqualTo(4);
    List<Row> bad =
        session
            .read()
            .parquet(to.toString())
            .where("error is not null")
            .orderBy("split", "key")
            .collectAsList();
    assertThat(bad)
        .extracting(row -> row.<String>getAs("key"))
        .containsExactly("0000005", "0000000", "0000075", "0000076");
    assertThat(bad)
        .allSatisfy(
            row -> {
              assertThat(row.isNullAt(row.fieldIndex("vector"))).isTrue();
              assertThat(row.isNullAt(row.fieldIndex("width"))).isTrue();
              assertThat(row.isNullAt(row.fieldIndex("label"))).isFalse();
            });
    assertThat(bad.get(3).<String>getAs("error")).contains("empty file");
    SortedMap<String, float[]> undisturbed = vectors(shared.resolve("whole"), "vector");
    vectors(to, "vector")
        .forEach((key, vector) -> assertThat(vector).as(key).containsExactly(undisturbed.get(key)));
  }

  @Test
  void imagesThatPackingHasLeftOutAreRowsWithTheirErrorToo() throws IOException {
    Path pictures = folder.resolve("pictures");
    for (int i = 0; i < 12; i++) {
      Path file = pictures.resolve("train/" + (i % 2 == 0 ? "cat" : "dog") + "/" + i + ".png");
      Files.createDirectories(file.getParent());
      Files.write(
          file, i == 5 ? BrokenImages.bytes(1) : PngEncoder.encode(new Image(1, 28, 28, grey(i))));
    }
    Path packed = folder.resolve("packed");
    LocalPack.pack(
        SourceFormat.IMAGE_FOLDER.open(
            new SourceOptions(
                List.of(new SourceOptions.Input(Optional.empty(), pictures.toString())), List.of()),
            Trained.HADOOP),
        new PackSettings(5, 0, 1, 0, 90, 0.5),
        packed);
    Settings lenient = Trained.settings(packed, "input.max-bad-fraction=0.5");
    Extraction.Summary summary;
    try (Dataset dataset = Trained.open(packed)) {
      summary =
          new Extraction(spark, lenient, dataset, lenet, FC1)
              .to(folder.resolve("to").toString(), List.of("train"), silent());
    }

    assertThat(summary.rows()).isEqualTo(12);
    assertThat(summary.bad()).isEqualTo(1);
    List<Row> rows =
        session.read().parquet(folder.resolve("to").toString()).orderBy("key").collectAsList();
    assertThat(rows)
        .extracting(row -> row.<String>getAs("key"))
        .contains("train/cat/0.png", "train/dog/5.png")
        .doesNotHaveDuplicates()
        .hasSize(12);
    Row bad = rows.stream().filter(row -> row.getAs("error") != null).findFirst().orElseThrow();
    assertThat(bad.<String>getAs("key")).isEqualTo("train/dog/5.png");
    assertThat(bad.<String>getAs("error")).contains("0 bytes");
  }

  @Test
  void whatAnEarlierExtractionHasCommittedIsNotDoneAgainAndTheRestIs() throws IOException {
    copyWhole();
    Path missing = folder.resolve("split=train/train-00001.parquet");
    Path torn = folder.resolve("split=test/test-00000.parquet");
    Path left = folder.resolve("split=train/.tmp-train-00001.parquet-1");
    Files.delete(missing);
    Files.write(torn, Arrays.copyOf(Files.readAllBytes(torn), 5000));
    Files.writeString(left, "what a killed task has left");
    Files.delete(folder.resolve("split=train/_SUCCESS"));

    Extraction.Summary summary =
        extract(folder, lenet, settings(), FC1, new ExtractProgress(out(), false));

    assertThat(summary.rows()).isEqualTo(200);
    assertThat(summary.before()).isEqualTo(70 + 20);
    assertThat(hashes(folder)).isEqualTo(hashes(shared.resolve("whole")));
    assertThat(told.toString(StandardCharsets.UTF_8))
        .containsPattern("extracted 2 of 2 shards, 110 of 110 images, \\d+ images/s  left 0:00\n$");
  }

  @Test
  void aTableThatIsWholeIsNotTouched() throws IOException {
    copyWhole();
    Extraction.Summary summary = extract(folder, lenet, settings(), FC1, silent());
    assertThat(summary.before()).isEqualTo(200);
    assertThat(summary.imagesPerSecond()).isZero();
    assertThat(summary.lengths()).containsExactly(500);
  }

  @Test
  void anotherModelOrAnotherLayerIsRefusedByName() throws IOException {
    copyWhole();
    assertThatThrownBy(() -> extract(folder, Trained.lenet(data, 2), settings(), FC1, silent()))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("holds other features: network: ")
        .hasMessageContaining("parameters: ")
        .hasMessageContaining("extract to another folder");
    assertThatThrownBy(() -> extract(folder, lenet, settings(), of("conv2"), silent()))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("layers=[fc1]")
        .hasMessageContaining("layers=[conv2]");
    assertThat(hashes(folder)).isEqualTo(hashes(shared.resolve("whole")));
  }

  @Test
  void aFolderWithOtherFilesIsRefused() throws IOException {
    Files.writeString(folder.resolve("thesis.txt"), "precious");
    assertThatThrownBy(() -> extract(folder, lenet, settings(), FC1, silent()))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("is not empty, and holds no features");
    assertThat(folder.resolve("thesis.txt")).hasContent("precious");
  }

  @Test
  void whatAProcessLeftThatWasKilledBeforeItHadBegunIsNoOtherFile() throws IOException {
    Path half = Files.writeString(folder.resolve(".tmp-_features.json-1"), "{");
    extract(folder, lenet, settings(), FC1, silent());
    assertThat(half).doesNotExist();
    assertThat(folder.resolve("split=train/_SUCCESS")).exists();
  }

  @Test
  void layersWhoseColumnsWouldHaveOneNameAreRefused() {
    assertThatThrownBy(() -> FeatureSchema.vectors(List.of("a.b", "a-b")))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("Layers [a.b, a-b]: two of them would be the column vector_a_b");
    assertThat(FeatureSchema.vectors(List.of("a.b"))).containsExactly("vector");
    assertThat(FeatureSchema.vectors(List.of("a.b", "c")))
        .containsExactly("vector_a_b", "vector_c");
  }

  private static byte[] grey(int value) {
    byte[] pixels = new byte[28 * 28];
    Arrays.fill(pixels, (byte) (20 * value));
    return pixels;
  }

  private static FeatureSettings of(String layer) {
    return new FeatureSettings(List.of(layer), Pooling.NONE, Norm.NONE);
  }

  private static Settings settings(String... overrides) {
    return Trained.settings(data, overrides);
  }

  private static Extraction.Summary extract(
      Path to,
      Checkpoint checkpoint,
      Settings settings,
      FeatureSettings features,
      ExtractProgress progress)
      throws IOException {
    String path = settings.text(tributary.driver.conf.Key.DATA_PATH);
    try (Dataset dataset = Trained.open(Path.of(path))) {
      return new Extraction(spark, settings, dataset, checkpoint, features)
          .to(to.toString(), BOTH, progress);
    }
  }

  private static ExtractProgress silent() {
    return new ExtractProgress(
        new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8), false);
  }

  private PrintStream out() {
    return new PrintStream(told, true, StandardCharsets.UTF_8);
  }

  private void copyWhole() {
    Folders.copy(shared.resolve("whole"), folder);
  }

  private static SortedMap<String, float[]> vectors(Path table, String column) {
    SortedMap<String, float[]> vectors = new TreeMap<>();
    for (Row row :
        session
            .read()
            .parquet(table.toString())
            .where("error is null")
            .selectExpr("concat(split, '/', key)", column)
            .collectAsList()) {
      List<Float> values = row.getList(1);
      float[] vector = new float[values.size()];
      for (int i = 0; i < vector.length; i++) {
        vector[i] = values.get(i);
      }
      vectors.put(row.getString(0), vector);
    }
    return vectors;
  }

  private static double length(float[] vector) {
    double squares = 0;
    for (float value : vector) {
      squares += (double) value * value;
    }
    return Math.sqrt(squares);
  }

  /** SHA-256 by file, of all but what it was made by, which names the dataset's folder. */
  private static SortedMap<String, String> hashes(Path table) throws IOException {
    SortedMap<String, String> hashes = new TreeMap<>();
    try (Stream<Path> files = Files.walk(table)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        hashes.put(table.relativize(file).toString(), Sha256.hexOf(Files.readAllBytes(file)));
      }
    }
    return hashes;
  }
}
