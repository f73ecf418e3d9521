package tributary.datasets.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tributary.datasets.DataException;
import tributary.datasets.testing.Folders;

class InputFingerprintTest {
  private static final PackSettings SETTINGS = PackSettings.of(100, 3);

  /** Any moment but this one. */
  private static final FileTime EARLIER = FileTime.fromMillis(1_500_000_000_123L);

  @TempDir Path folder;

  private Path root;
  private String before;

  @BeforeEach
  void makeInput() throws IOException {
    root = folder.resolve("root");
    for (String name : List.of("train/cat/a.jpg", "train/dog/b.jpg", "train/dog/old/c.jpg")) {
      Drawings.write(root.resolve(name), name.getBytes(StandardCharsets.UTF_8));
      Files.setLastModifiedTime(root.resolve(name), EARLIER);
    }
    before = fingerprint();
  }

  @Test
  void isTheSameAsLongAsNothingChanges() throws IOException {
    assertThat(before).matches("[0-9a-f]{64}").isEqualTo(fingerprint());
  }

  @Test
  void changesWithTheContentOfAFile() throws IOException {
    Files.writeString(root.resolve("train/dog/old/c.jpg"), "longer than it was before");
    Files.setLastModifiedTime(root.resolve("train/dog/old/c.jpg"), EARLIER);

    assertThat(fingerprint()).as("size").isNotEqualTo(before);
  }

  @Test
  void changesWithTheTimeOfAFile() throws IOException {
    Files.setLastModifiedTime(
        root.resolve("train/cat/a.jpg"), FileTime.fromMillis(EARLIER.toMillis() + 1));

    assertThat(fingerprint()).as("one millisecond later").isNotEqualTo(before);
  }

  @Test
  void changesWithTheNameOfAFileAndOfAFolder() throws IOException {
    Files.move(root.resolve("train/cat/a.jpg"), root.resolve("train/cat/A.jpg"));
    String renamed = fingerprint();
    Files.move(root.resolve("train/cat"), root.resolve("train/cow"));

    assertThat(List.of(before, renamed, fingerprint())).doesNotHaveDuplicates();
  }

  @Test
  void changesWithAFileMoreAndAFolderMore() throws IOException {
    Files.createDirectory(root.resolve("train/empty"));
    String more = fingerprint();
    Drawings.write(root.resolve("train/empty/d.jpg"), new byte[0]);

    assertThat(List.of(before, more, fingerprint())).doesNotHaveDuplicates();
  }

  @Test
  void whatIsNoExampleDoesNotCount() throws IOException {
    Drawings.write(root.resolve("train/cat/.DS_Store"), new byte[7]);
    Drawings.write(root.resolve("train/cat/Thumbs.db"), new byte[7]);
    Drawings.write(root.resolve(".packed/x/manifest.json"), new byte[7]);

    assertThat(fingerprint()).isEqualTo(before);
  }

  @Test
  void anotherPlaceIsAnotherInput() throws IOException {
    Folders.copy(root, folder.resolve("copy"));
    for (String name : List.of("train/cat/a.jpg", "train/dog/b.jpg", "train/dog/old/c.jpg")) {
      Files.setLastModifiedTime(folder.resolve("copy").resolve(name), EARLIER);
    }

    assertThat(fingerprint(SourceFormat.IMAGE_FOLDER, options("copy"), SETTINGS))
        .isNotEqualTo(before);
  }

  @Test
  void theWayItIsNamedDoesNotCount() throws IOException {
    String uri = root.toUri().toString();
    SourceOptions otherwise =
        new SourceOptions(List.of(new SourceOptions.Input(Optional.empty(), uri)), List.of());

    assertThat(fingerprint(SourceFormat.IMAGE_FOLDER, otherwise, SETTINGS)).isEqualTo(before);
  }

  @Test
  void changesWithAllThatDecidesAboutThePackedBytes() throws IOException {
    SourceFormat images = SourceFormat.IMAGE_FOLDER;
    SourceOptions options = options("root");
    assertThat(
            List.of(
                before,
                fingerprint(SourceFormat.TEXT_FOLDER, options, SETTINGS),
                fingerprint(images, options, PackSettings.of(101, 3)),
                fingerprint(images, options, PackSettings.of(100, 1)),
                fingerprint(images, options, new PackSettings(100, 0.1, 3, 0, 90, -1)),
                fingerprint(images, options, new PackSettings(100, 0, 3, 64, 90, -1)),
                fingerprint(images, options, new PackSettings(100, 0, 3, 64, 91, -1)),
                fingerprint(images, options, new PackSettings(100, 0, 3, 0, 90, 0.5)),
                fingerprint(
                    images, new SourceOptions(options.inputs(), List.of("dog", "cat")), SETTINGS),
                fingerprint(
                    images,
                    new SourceOptions(
                        options.inputs(),
                        List.of(),
                        new TextOptions(List.of("text"), "label", ";", true, "UTF-8", 1 << 20)),
                    SETTINGS),
                fingerprint(
                    images,
                    new SourceOptions(
                        options.inputs(), List.of(), TextOptions.DEFAULT.withImageColumn("file")),
                    SETTINGS)))
        .doesNotHaveDuplicates();
  }

  @Test
  void anInputThatIsNotThereIsTold() {
    assertThatThrownBy(() -> fingerprint(SourceFormat.CSV, options("none.csv"), SETTINGS))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("none.csv as user ");
  }

  private SourceOptions options(String name) {
    String path = folder.resolve(name).toString();
    return new SourceOptions(List.of(new SourceOptions.Input(Optional.empty(), path)), List.of());
  }

  private String fingerprint() throws IOException {
    return fingerprint(SourceFormat.IMAGE_FOLDER, options("root"), SETTINGS);
  }

  private static String fingerprint(
      SourceFormat format, SourceOptions options, PackSettings settings) throws IOException {
    return InputFingerprint.of(format, options, settings, new Configuration());
  }
}
