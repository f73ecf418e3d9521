package tributary.driver.pack;

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
import java.util.SplittableRandom;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tributary.datasets.DataException;
import tributary.datasets.Seeds;
import tributary.datasets.shard.Manifest;
import tributary.datasets.source.ExampleSource;
import tributary.datasets.source.PackSettings;
import tributary.datasets.source.SourceFormat;
import tributary.datasets.source.SourceOptions;
import tributary.datasets.source.TextOptions;
import tributary.datasets.testing.FashionMnist;
import tributary.datasets.testing.Folders;
import tributary.datasets.testing.HandMade;
import tributary.datasets.testing.LocalPack;
import tributary.datasets.testing.TextData;
import tributary.datasets.text.TextSettings;
import tributary.datasets.text.VocabularySettings;
import tributary.driver.spark.SparkContexts;

@Tag("spark")
@Timeout(120)
@ExtendWith(FashionMnist.class)
class PackJobTest {
  private static final PackSettings SETTINGS = PackSettings.of(64, 1);

  private final ByteArrayOutputStream told = new ByteArrayOutputStream();

  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(ints = {1, 3})
  void itsFilesAreThoseOfOneThreadInOneProcess(int slots) throws Exception {
    Path packed = pack("spark", slots, SETTINGS);
    LocalPack.pack(FashionMnist.source(300, 50), SETTINGS, folder.resolve("local"));

    assertThat(Folders.names(packed)).isEqualTo(Folders.names(folder.resolve("local")));
    for (String name : Folders.names(packed)) {
      assertThat(packed.resolve(name))
          .hasSameBinaryContentAs(folder.resolve("local").resolve(name));
    }
    assertThat(told.toString(StandardCharsets.UTF_8))
        .contains("packed 6 of 6 shards, 350 of 350 examples")
        .endsWith("left 0:00\n");
  }

  @Test
  void foldersOfImagesAreMixedAlikeAndTheirBadExamplesListedAlike() throws Exception {
    ExampleSource source = imagesOfWhichATenthIsBad();
    PackSettings settings = new PackSettings(16, 0.2, 1, 0, 90, 0.5);
    LocalPack.pack(source, settings, folder.resolve("local"));

    try (JavaSparkContext spark = spark(3);
        PackJob job = new PackJob(spark, source, settings)) {
      job.pack(
          folder.resolve("spark").toUri().toString(),
          new PackProgress(new PrintStream(told, true, StandardCharsets.UTF_8), false));
    }

    assertThat(Folders.names(folder.resolve("spark")))
        .isEqualTo(Folders.names(folder.resolve("local")))
        .contains("quarantine.jsonl", "validation-00000.tar");
    for (String name : Folders.names(folder.resolve("local"))) {
      assertThat(folder.resolve("spark").resolve(name))
          .hasSameBinaryContentAs(folder.resolve("local").resolve(name));
    }
  }

  @Test
  void captionsOfATableAreGatheredAlikeAndItsBadRowsListedAlike() throws Exception {
    ExampleSource source = captionsOfWhichSomeAreBad();
    PackSettings settings = new PackSettings(8, 0.3, 3, 0, 90, 0.5);
    LocalPack.pack(source, settings, folder.resolve("local"));
    Path packed = pack("spark", 3, source, settings);

    assertThat(Folders.names(packed))
        .isEqualTo(Folders.names(folder.resolve("local")))
        .contains("quarantine.jsonl", "train-00001.tar", "validation-00000.tar");
    for (String name : Folders.names(packed)) {
      assertThat(packed.resolve(name))
          .hasSameBinaryContentAs(folder.resolve("local").resolve(name));
    }
  }

  /** Every image has two rows, far apart; a blank caption and a missing image are among them. */
  private ExampleSource captionsOfWhichSomeAreBad() throws IOException {
    StringBuilder table = new StringBuilder("image,text\n");
    for (int row = 0; row < 60; row++) {
      int number = row % 30;
      table.append(number).append(".png,").append(row % 20 == 7 ? "" : "Row " + row).append('\n');
      if (number != 11) {
        TextData.write(folder.resolve("images/" + number + ".png"), HandMade.png(number));
      }
    }
    Path file = TextData.write(folder.resolve("images/captions.csv"), table.toString());
    return TextData.open(SourceFormat.IMAGE_CAPTIONS, TextOptions.DEFAULT, file);
  }

  @Test
  void aShareOfBadExamplesThatIsTooLargeEndsTheJobWithReasons() throws Exception {
    ExampleSource source = imagesOfWhichATenthIsBad();
    Path to = folder.resolve("spark");
    try (JavaSparkContext spark = spark(2);
        PackJob job = new PackJob(spark, source, new PackSettings(16, 0.2, 1, 0, 90, 0.05))) {
      assertThatThrownBy(
              () ->
                  job.pack(
                      to.toUri().toString(),
                      new PackProgress(new PrintStream(told, true, StandardCharsets.UTF_8), false)))
          .isInstanceOf(DataException.class)
          .hasMessageContaining("of 90 examples are bad, more than the share of 0.05 that may be")
          .hasMessageContaining(".png at byte 0 of file:");
    }
    assertThat(to.resolve("manifest.json")).doesNotExist();
  }

  @Test
  void apartOfTrainIsKeptForValidation() throws Exception {
    Path packed = pack("split", 2, new PackSettings(64, 0.2, 1, 0, 90, -1));

    assertThat(Folders.names(packed))
        .contains("train-00000.tar", "validation-00000.tar", "test-00000.tar");
  }

  @Test
  void aPackingThatIsBrokenOffGoesOnWithoutItsFinishedShards() throws Exception {
    Path packed = pack("whole", 2, SETTINGS);
    Path broken = Files.createDirectory(folder.resolve("broken"));
    assertThatThrownBy(
            () -> {
              try (JavaSparkContext spark = spark(1);
                  PackJob job = new PackJob(spark, FashionMnist.source(300, 50), SETTINGS)) {
                job.pack(
                    broken.toString(),
                    new PackProgress(new PrintStream(told, true, StandardCharsets.UTF_8), false) {
                      @Override
                      void packed(tributary.datasets.source.PackedShard shard) {
                        if (shard.shard().name().equals("train-00002")) {
                          throw new IllegalStateException("killed");
                        }
                      }
                    });
              }
            })
        .hasStackTraceContaining("killed");
    assertThat(broken.resolve("manifest.json")).doesNotExist();
    assertThat(broken.resolve("train-00001.tar")).exists();
    long written = Files.getLastModifiedTime(broken.resolve("train-00001.tar")).toMillis();

    pack("broken", 2, SETTINGS);

    assertThat(Files.getLastModifiedTime(broken.resolve("train-00001.tar")).toMillis())
        .isEqualTo(written);
    for (String name : Folders.names(packed)) {
      assertThat(broken.resolve(name)).hasSameBinaryContentAs(packed.resolve(name));
    }
  }

  @Test
  void aFolderWithADatasetIsRefused() throws Exception {
    pack("twice", 1, SETTINGS);

    assertThatThrownBy(() -> pack("twice", 1, SETTINGS))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("holds a dataset already; remove it or pack to another");
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3})
  void vocabulariesAreThoseOfOneThreadInOneProcess(int slots) throws Exception {
    ExampleSource reviews = reviews();
    PackSettings settings =
        PackSettings.of(16, 1)
            .withText(
                new TextSettings(
                    VocabularySettings.parse("bpe:60", false).orElseThrow(), null, false));
    Manifest local = LocalPack.pack(reviews, settings, folder.resolve("local"));

    Path packed = pack("spark", slots, reviews, settings);

    assertThat(local.text().vocabulary().merges()).hasSizeGreaterThan(10);
    assertThat(local.examplesPerShard("train")).hasSizeGreaterThan(5);
    assertThat(Folders.names(packed)).isEqualTo(Folders.names(folder.resolve("local")));
    for (String name : Folders.names(packed)) {
      assertThat(packed.resolve(name))
          .hasSameBinaryContentAs(folder.resolve("local").resolve(name));
    }
  }

  /** Tables of random words; words that only the test split has must not be learned. */
  private ExampleSource reviews() throws IOException {
    SplittableRandom random = Seeds.random(5);
    for (String split : List.of("train-0", "train-1", "test")) {
      StringBuilder table = new StringBuilder("text,label\n");
      for (int row = 0; row < 60; row++) {
        for (int word = 0; word < 8; word++) {
          table.append(Integer.toString(random.nextInt(40, 90), 4)).append(' ');
        }
        table.append(split.equals("test") ? "zzzz" : "yyy").append(",c").append(row % 3);
        table.append('\n');
      }
      TextData.write(folder.resolve("reviews").resolve(split + ".csv"), table.toString());
    }
    return TextData.open(SourceFormat.CSV, TextOptions.DEFAULT, folder.resolve("reviews").toUri());
  }

  private ExampleSource imagesOfWhichATenthIsBad() throws IOException {
    Path images = folder.resolve("images");
    for (int number = 0; number < 90; number++) {
      Path of =
          Files.createDirectories(
              images.resolve((number < 70 ? "train/" : "test/") + "c" + number % 3));
      byte[] image = number % 10 == 7 ? new byte[0] : HandMade.png(number);
      Files.write(of.resolve(number + ".png"), image);
    }
    return SourceFormat.IMAGE_FOLDER.open(
        new SourceOptions(
            List.of(new SourceOptions.Input(Optional.empty(), images.toString())), List.of()),
        new Configuration());
  }

  private Path pack(String name, int slots, PackSettings settings) throws IOException {
    return pack(name, slots, FashionMnist.source(300, 50), settings);
  }

  private Path pack(String name, int slots, ExampleSource source, PackSettings settings)
      throws IOException {
    Path to = folder.resolve(name);
    try (JavaSparkContext spark = spark(slots);
        PackJob job = new PackJob(spark, source, settings)) {
      job.pack(
          to.toUri().toString(),
          new PackProgress(new PrintStream(told, true, StandardCharsets.UTF_8), false));
    }
    return to;
  }

  private static JavaSparkContext spark(int slots) {
    return SparkContexts.create(
        new SparkConf()
            .setMaster("local[" + slots + "]")
            .set("spark.ui.enabled", "false")
            .set("spark.driver.host", "127.0.0.1"),
        "pack test",
        1);
  }
}
