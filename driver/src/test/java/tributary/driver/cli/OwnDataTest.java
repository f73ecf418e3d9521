package tributary.driver.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.ParameterException;
import tributary.datasets.DataException;
import tributary.datasets.shard.Dataset;
import tributary.datasets.shard.Manifest;
import tributary.datasets.shard.MissingDatasetException;
import tributary.datasets.shard.Task;
import tributary.datasets.source.PackSettings;
import tributary.datasets.source.SourceFormat;
import tributary.datasets.source.SourceOptions;
import tributary.datasets.testing.Folders;
import tributary.datasets.testing.HandMade;
import tributary.datasets.testing.LocalPack;
import tributary.driver.conf.Key;
import tributary.driver.conf.Settings;
import tributary.driver.spark.SparkContexts;

@Timeout(120)
class OwnDataTest {
  private static final Configuration CONF = new Configuration();

  private static JavaSparkContext spark;

  private final StringWriter told = new StringWriter();

  @TempDir Path folder;

  private boolean asksForSpark;

  @AfterAll
  static void stopSpark() {
    if (spark != null) {
      spark.close();
      spark = null;
    }
  }

  @Test
  void imagesArePackedOnceAndAgainWhenTheyChange() throws IOException {
    images("pets", 40);

    Settings first = packed("pets");
    String data = first.text(Key.DATA_PATH);
    assertThat(data).startsWith("file:" + folder + "/runs/.packed/pets-");
    assertThat(told.toString().lines())
        .first()
        .asString()
        .startsWith("Packing " + folder.resolve("pets") + " (image-folder) to " + data);
    assertThat(told.toString()).doesNotContain("also holds");
    assertThat(first.toYaml()).contains("path: \"" + data + "\" # packed from " + pets());

    Settings second = packed("pets");
    assertThat(second.text(Key.DATA_PATH)).isEqualTo(data);
    assertThat(told.toString().lines())
        .first()
        .isEqualTo("Using " + data + ", packed from " + pets() + " before");

    Path image = folder.resolve("pets/a/0.png");
    Files.setLastModifiedTime(image, FileTime.fromMillis(1_234_567_890_000L));
    Settings third = packed("pets");
    assertThat(third.text(Key.DATA_PATH)).isNotEqualTo(data);
    assertThat(told.toString())
        .startsWith("Packing ")
        .containsPattern(
            "runs/.packed also holds 1 of what was packed before, 0\\.\\d MB, the oldest of"
                + " \\d{4}-\\d\\d-\\d\\d: delete what no run needs");
    assertThat(Folders.names(folder.resolve("runs/.packed"))).hasSize(2);
  }

  @Test
  void theSameBytesAreThereAsOfPackingByItself() throws IOException {
    images("pets", 30);

    Path made = Path.of(URI.create(packed("pets").text(Key.DATA_PATH)));

    LocalPack.pack(
        SourceFormat.IMAGE_FOLDER.open(
            new SourceOptions(
                List.of(new SourceOptions.Input(Optional.empty(), pets().toString())), List.of()),
            CONF),
        new PackSettings(5000, 0.1, 3, 0, 90, -1),
        folder.resolve("expected"));
    assertThat(Folders.names(made)).isEqualTo(Folders.names(folder.resolve("expected")));
    for (String name : Folders.names(made)) {
      assertThat(made.resolve(name))
          .hasSameBinaryContentAs(folder.resolve("expected").resolve(name));
    }
  }

  @Test
  void aValidationSplitIsMadeWhereThereIsNone() throws IOException {
    images("pets", 60);

    Settings settings = packed("pets");

    assertThat(settings.text(Key.EVALUATION_SPLIT)).isEqualTo("validation");
    Manifest manifest = manifest(settings);
    long held = manifest.examples("validation");
    assertThat(held).isBetween(1L, 20L);
    assertThat(manifest.examples("train")).isEqualTo(60 - held);
    assertThat(told.toString())
        .contains(
            "Of 60 training examples "
                + held
                + " are kept for validation, by a hash of their names"
                + " (--validation-share 0.1)",
            "There is no split test: accuracy is measured on validation");

    assertThat(manifest(packed("pets", "--validation-share=0.5")).examples("validation"))
        .isBetween(held + 1, 50L);
  }

  @Test
  void splitsThatAreThereStay() throws IOException {
    images("pets/train", 20);
    images("pets/test", 10);

    Settings settings = packed("pets");

    assertThat(settings.text(Key.EVALUATION_SPLIT)).isEqualTo("test");
    assertThat(manifest(settings).splits()).containsOnlyKeys("train", "test");
    assertThat(manifest(packed("pets", "--validation-share=0.2")).splits())
        .containsOnlyKeys("train", "validation", "test");
  }

  @Test
  void aPackWithoutItsManifestIsNotUsed() throws IOException {
    images("pets", 40);
    Path made = Path.of(URI.create(packed("pets").text(Key.DATA_PATH)));
    byte[] manifest = Files.readAllBytes(made.resolve("manifest.json"));
    Files.delete(made.resolve("manifest.json"));

    packed("pets");

    assertThat(told.toString()).startsWith("Packing ");
    assertThat(made.resolve("manifest.json")).hasBinaryContent(manifest);
  }

  @Test
  void aShareThatLeavesASplitEmptyIsToldBeforeItIsPacked() throws IOException {
    images("pets", 4);

    assertThatThrownBy(() -> packed("pets", "--validation-share=0.000001"))
        .isInstanceOf(DataException.class)
        .hasMessage(
            "Split validation would have no example: a share of 1.0E-6 for validation divides 4"
                + " examples into [4, 0]; name another with --validation-share");
  }

  @Test
  void aBadImageIsToldWithTheWayToLeaveItOut() throws IOException {
    images("pets", 40);
    Files.write(folder.resolve("pets/a/broken.png"), new byte[] {1, 2});

    assertThatThrownBy(() -> packed("pets"))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("a/broken.png")
        .hasMessageContaining("(train: input.on-bad-example: skip) leaves such out");

    Settings skipping =
        packed(
            List.of(
                "data.path=" + pets(),
                "input.on-bad-example=skip",
                "input.max-bad-fraction=0.1",
                "training.epochs=3"));
    Manifest manifest = manifest(skipping);
    assertThat(manifest.examples("train") + manifest.examples("validation")).isEqualTo(40);
    Path made = Path.of(URI.create(skipping.text(Key.DATA_PATH)));
    assertThat(made.resolve("quarantine.jsonl")).content().contains("broken.png");
  }

  @Test
  void tablesOfTextArePackedToo() throws IOException {
    StringBuilder rows = new StringBuilder("review,stars\n");
    for (int i = 0; i < 40; i++) {
      rows.append("word").append(i).append(" and more,").append(i % 2).append('\n');
    }
    Files.writeString(folder.resolve("reviews.csv"), rows);

    assertThatThrownBy(() -> packed("reviews.csv"))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("--text-column");
    assertThat(asksForSpark).isFalse();
    Manifest manifest =
        manifest(packed("reviews.csv", "--text-column=review", "--label-column=stars"));

    assertThat(manifest.task()).isEqualTo(Task.TEXT_CLASSIFICATION);
    assertThat(manifest.classes()).containsExactly("0", "1");
    assertThat(manifest.splits()).containsOnlyKeys("train", "validation");
    assertThat(manifest.text().lengths()).containsOnlyKeys("train", "validation");
    assertThat(
            manifest(
                    packed(
                        "reviews.csv",
                        "--text-column=review",
                        "--label-column=",
                        "--vocabulary=characters"))
                .task())
        .isEqualTo(Task.LANGUAGE_MODEL);
    assertThatThrownBy(
            () ->
                packed(
                    "reviews.csv",
                    "--text-column=review",
                    "--label-column=stars",
                    "--vocabulary=letters"))
        .isInstanceOf(ParameterException.class)
        .hasMessageContaining("--vocabulary: expected characters, words, forms or bpe");
  }

  @Test
  void aPackedDatasetIsLeftAsItIs() throws IOException {
    HandMade.dataset(folder.resolve("data"), 3).close();

    Settings settings = packed("data");

    assertThat(settings.text(Key.DATA_PATH)).isEqualTo(folder.resolve("data").toString());
    assertThat(told.toString()).isEmpty();
    assertThat(asksForSpark).isFalse();
    assertThatThrownBy(() -> packed("data", "--validation-share=0.1"))
        .isInstanceOf(ParameterException.class)
        .hasMessageContaining("--validation-share is about files that are packed when");
    assertThatThrownBy(() -> packed("data", "--validation-share=1"))
        .isInstanceOf(ParameterException.class)
        .hasMessage("--validation-share: expected a number >= 0 and < 1, found 1.0");
  }

  @Test
  void aClearedCacheIsTold() {
    assertThatThrownBy(() -> packed("runs/.packed/pets-0123456789abcdef"))
        .isInstanceOf(MissingDatasetException.class)
        .hasMessageContaining("is gone: name the files it was made of with --data");
  }

  private Path pets() {
    return folder.resolve("pets");
  }

  private void images(String name, int count) throws IOException {
    for (int number = 0; number < count; number++) {
      Path of =
          Files.createDirectories(
              folder.resolve(name).resolve("ab".substring(number % 2, number % 2 + 1)));
      Files.write(of.resolve(number + ".png"), HandMade.png(number));
    }
  }

  private static Manifest manifest(Settings settings) throws IOException {
    try (Dataset dataset = Dataset.open(settings.text(Key.DATA_PATH), CONF)) {
      return dataset.manifest();
    }
  }

  private Settings packed(String name, String... options) throws IOException {
    return packed(List.of(Key.DATA_PATH.path() + "=" + folder.resolve(name)), options);
  }

  private Settings packed(List<String> changes, String... options) throws IOException {
    told.getBuffer().setLength(0);
    Host host = new Host();
    CommandLine command = new CommandLine(host).setErr(new PrintWriter(told));
    command.parseArgs(options);
    Settings settings = Settings.of(List.of(), changes);
    org.apache.hadoop.fs.Path runs = new org.apache.hadoop.fs.Path(folder + "/runs");
    return host.ownData.packed(settings, runs, this::spark, CONF);
  }

  private JavaSparkContext spark() {
    asksForSpark = true;
    if (spark == null) {
      spark =
          SparkContexts.create(
              new SparkConf()
                  .setMaster("local[2]")
                  .set("spark.ui.enabled", "false")
                  .set("spark.driver.host", "127.0.0.1"),
              "own data test",
              1);
    }
    return spark;
  }

  @Command
  private static final class Host {
    @Mixin private OwnData ownData;
  }
}
