package tributary.datasets.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tributary.datasets.Checks;
import tributary.datasets.DataException;
import tributary.datasets.shard.Manifest;
import tributary.datasets.testing.LocalPack;

/** Sixty pictures, of which 25 are empty files. */
@Timeout(60)
class BadShareTest {
  private static final int PICTURES = 60;
  private static final int BAD = 25;

  @TempDir Path folder;

  @Test
  void badExamplesUpToTheShareAreLeftOutAndListed() throws IOException {
    Path packed = folder.resolve("packed");

    Manifest manifest = LocalPack.pack(source(), skip((double) BAD / PICTURES), packed);

    assertThat(manifest.examples("train")).isEqualTo(PICTURES - BAD);
    assertThat(Files.readAllLines(packed.resolve(PackFolder.QUARANTINE)))
        .hasSize(BAD)
        .allMatch(line -> line.contains("\"reason\":\"it has 0 bytes"))
        .anyMatch(line -> line.contains("\"name\":\"cat/007.png\""));
  }

  @Test
  void aLargerShareEndsThePackingWithTheFirstTwentyReasons() throws IOException {
    Path packed = folder.resolve("packed");

    assertThatThrownBy(() -> LocalPack.pack(source(), skip(0.4), packed))
        .isInstanceOf(DataException.class)
        .hasMessageStartingWith(
            "At least 25 of 60 examples are bad, more than the share of 0.4 that may be"
                + " (--max-bad-fraction):")
        .satisfies(
            e ->
                assertThat(e.getMessage().lines().skip(1).toList())
                    .hasSize(20)
                    .allMatch(line -> line.matches("  cat/\\d{3}\\.png at byte 0 of .*0 bytes.*")));
    assertThat(packed.resolve(Manifest.FILE_NAME)).doesNotExist();
  }

  private ExampleSource source() throws IOException {
    Path root = folder.resolve("root");
    for (int i = 0; i < PICTURES; i++) {
      byte[] content = i < BAD ? new byte[0] : Drawings.png(i);
      Drawings.write(root.resolve(Checks.format("cat/%03d.png", i)), content);
    }
    return SourceFormat.IMAGE_FOLDER.open(
        new SourceOptions(
            List.of(new SourceOptions.Input(Optional.empty(), root.toUri().toString())), List.of()),
        new Configuration());
  }

  private static PackSettings skip(double share) {
    return new PackSettings(10, 0, 3, 0, 90, share);
  }
}
