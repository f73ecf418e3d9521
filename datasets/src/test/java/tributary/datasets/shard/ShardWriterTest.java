package tributary.datasets.shard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tributary.datasets.Storage;
import tributary.datasets.testing.Folders;
import tributary.datasets.testing.HandMade;

class ShardWriterTest {
  @TempDir Path folder;

  @Test
  void tarListsWhatWasWritten() throws Exception {
    HandMade.dataset(folder, 2).close();

    assertThat(tar("--list", "--verbose", "--numeric-owner", "--utc"))
        .isEqualToIgnoringWhitespace(
            """
            -rw-r--r-- 0/0  1 1970-01-01 00:00 0000000.cls
            -rw-r--r-- 0/0 %1$d 1970-01-01 00:00 0000000.png
            -rw-r--r-- 0/0  1 1970-01-01 00:00 0000001.cls
            -rw-r--r-- 0/0 %2$d 1970-01-01 00:00 0000001.png
            """
                .replace("%1$d", "" + HandMade.png(0).length)
                .replace("%2$d", "" + HandMade.png(1).length));
  }

  @Test
  void tarExtractsWhatWasWritten() throws Exception {
    HandMade.dataset(folder, 3).close();

    tar("--extract");

    assertThat(folder.resolve("0000002.png")).hasBinaryContent(HandMade.png(2));
    assertThat(folder.resolve("0000002.cls")).hasContent("2");
  }

  @Test
  void equalExamplesGiveEqualBytes() {
    HandMade.dataset(folder.resolve("first"), 5);
    HandMade.dataset(folder.resolve("second"), 5);

    for (String name : Folders.names(folder.resolve("first"))) {
      assertThat(folder.resolve("second").resolve(name))
          .hasSameBinaryContentAs(folder.resolve("first").resolve(name));
    }
  }

  @Test
  void closedUnfinishedItLeavesNothing() throws IOException {
    try (ShardWriter writer = writer("train-00000")) {
      writer.add(Example.ofImage("0000000", "png", HandMade.png(0), 0), 0);
    }
    assertThat(Folders.names(folder)).isEmpty();
  }

  @Test
  void anotherLabelThanTheFieldSaysIsRefused() throws IOException {
    try (ShardWriter writer = writer("train-00000")) {
      Example example = Example.ofImage("0000000", "png", HandMade.png(0), 1);
      assertThatThrownBy(() -> writer.add(example, 2))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("example 0000000: label 2 for the index, but its cls field is 1");
    }
  }

  @Test
  void aNameThatIsAPathIsRefused() {
    assertThatThrownBy(() -> writer("../train-00000"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("got '../train-00000'");
  }

  private ShardWriter writer(String name) throws IOException {
    org.apache.hadoop.fs.Path directory = new org.apache.hadoop.fs.Path(folder.toUri());
    FileSystem fs = Storage.fileSystem(directory, new Configuration());
    return new ShardWriter(fs, directory, name);
  }

  private String tar(String... options) throws Exception {
    ProcessBuilder builder =
        new ProcessBuilder("tar", "--file", folder.resolve("train-00000.tar").toString());
    builder.command().addAll(List.of(options));
    Path printed = folder.resolve("printed.txt");
    Process process =
        builder
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .redirectOutput(printed.toFile())
            .start();
    assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
    String text = Files.readString(printed, StandardCharsets.UTF_8);
    assertThat(process.exitValue()).as(text).isZero();
    return text;
  }
}
