package tributary.datasets.shard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tributary.datasets.Storage;
import tributary.datasets.testing.HandMade;

class ShardReaderTest {
  /** Header and content of the cls member, header and content of the png member. */
  private static final int EXAMPLE_BYTES = 4 * 512;

  @TempDir Path folder;
  private Dataset dataset;

  @BeforeEach
  void writeTwoShards() {
    dataset = HandMade.dataset(folder, 4, 4);
  }

  @AfterEach
  void closeDataset() throws IOException {
    dataset.close();
  }

  @Test
  void readsWhatWasWrittenInAnyOrder() throws IOException {
    try (ShardReader reader = open(1)) {
      for (int i : new int[] {3, 0, 2}) {
        Example example = reader.read(i);
        assertThat(example.key()).isEqualTo(HandMade.key(4 + i)).isEqualTo(reader.key(i));
        assertThat(example.image().orElseThrow().getValue()).isEqualTo(HandMade.png(4 + i));
        assertThat(example.fields().get("cls")).asString().isEqualTo("" + (4 + i) % 3);
        assertThat(reader.label(i)).isEqualTo((4 + i) % 3);
        assertThat(reader.offset(i)).isEqualTo((long) i * EXAMPLE_BYTES);
      }
    }
  }

  @Test
  void aTruncatedTarNamesTheFirstExampleCut() throws IOException {
    Path tar = tar(0);
    Files.write(tar, Arrays.copyOf(Files.readAllBytes(tar), 2 * EXAMPLE_BYTES + 700));

    assertThatThrownBy(() -> open(0))
        .isInstanceOf(CorruptShardException.class)
        .hasMessage(
            "Corrupt shard train-00000.tar: length: expected 9216 bytes, found 4796;"
                + " the first example cut is 0000002 at byte 4096");
  }

  @Test
  void aTarCutWhileOpenNamesTheExample() throws IOException {
    try (ShardReader reader = open(0)) {
      Files.write(tar(0), Arrays.copyOf(Files.readAllBytes(tar(0)), 2 * EXAMPLE_BYTES + 700));

      assertThat(reader.read(1).key()).isEqualTo("0000001");
      assertThatThrownBy(() -> reader.read(2))
          .isInstanceOf(CorruptShardException.class)
          .hasMessage(
              "Corrupt shard train-00000.tar: example 0000002 at byte 4096:"
                  + " expected 2048 bytes, the tar ends before");
    }
  }

  @Test
  void aFlippedByteNamesShardKeyAndOffset() throws IOException {
    flip(tar(0), EXAMPLE_BYTES + 3 * 512 + 20);
    try (ShardReader reader = open(0)) {
      assertThat(reader.read(0).key()).isEqualTo("0000000");
      assertThatThrownBy(() -> reader.read(1))
          .isInstanceOf(CorruptShardException.class)
          .hasMessageMatching(
              "Corrupt shard train-00000.tar: example 0000001 at byte 2048:"
                  + " CRC32C: expected [0-9a-f]{8}, found [0-9a-f]{8}");
    }
  }

  @Test
  void everyFlippedByteOfAnIndexIsFound() throws IOException {
    Path index = folder.resolve("train-00000.idx");
    byte[] good = Files.readAllBytes(index);
    for (int at = 0; at < good.length; at++) {
      byte[] bad = good.clone();
      bad[at] ^= 0x10;
      Files.write(index, bad);
      assertThatThrownBy(() -> open(0).close())
          .as("byte %d", at)
          .isInstanceOf(CorruptShardException.class)
          .hasMessageContaining("Corrupt index train-00000.idx: ")
          .hasMessageContaining("expected")
          .hasMessageContaining("found");
    }
  }

  @Test
  void everyTruncationOfAnIndexIsFound() throws IOException {
    Path index = folder.resolve("train-00000.idx");
    byte[] good = Files.readAllBytes(index);
    for (int length = 0; length < good.length; length++) {
      Files.write(index, Arrays.copyOf(good, length));
      assertThatThrownBy(() -> open(0).close())
          .as("length %d", length)
          .isInstanceOf(CorruptShardException.class);
    }
  }

  @Test
  void theIndexOfAnotherShardIsRefused() throws IOException {
    Files.copy(
        folder.resolve("train-00001.idx"),
        folder.resolve("train-00000.idx"),
        StandardCopyOption.REPLACE_EXISTING);

    assertThatThrownBy(() -> open(0))
        .isInstanceOf(CorruptShardException.class)
        .hasMessageStartingWith(
            "Corrupt index train-00000.idx: belongs to another tar: SHA-256 at byte 12: expected "
                + info(0).sha256());
  }

  @Test
  void aMissingFileNamesPathUserAndRemedy() throws IOException {
    Files.delete(tar(1));
    assertThatThrownBy(() -> open(1))
        .isInstanceOf(MissingDatasetException.class)
        .hasMessageContaining(tar(1).toString())
        .hasMessageContaining("as user " + System.getProperty("user.name"))
        .hasMessageContaining("deploy/tributary pack");
  }

  @Test
  void verifyFindsAFlippedByteBetweenTheExamplesToo() throws IOException {
    flip(tar(1), 4 * EXAMPLE_BYTES + 5);
    assertThatThrownBy(() -> dataset.verify())
        .isInstanceOf(CorruptShardException.class)
        .hasMessageContaining("Corrupt shard train-00001.tar: SHA-256 of its 9216 bytes: expected")
        .hasMessageEndingWith("; no example is damaged");
  }

  @Test
  void verifyNamesTheFirstDamagedExample() throws IOException {
    flip(tar(1), 2 * EXAMPLE_BYTES + 5);
    assertThatThrownBy(() -> dataset.verify())
        .isInstanceOf(CorruptShardException.class)
        .hasMessageContaining("first: Corrupt shard train-00001.tar: example 0000006 at byte 4096");
  }

  @Test
  void verifyIsSilentOnAWholeDataset() throws IOException {
    dataset.verify();
    assertThat(dataset.manifest().examples("train")).isEqualTo(8);
  }

  private ShardReader open(int shard) throws IOException {
    org.apache.hadoop.fs.Path directory = new org.apache.hadoop.fs.Path(folder.toUri());
    return ShardReader.open(
        Storage.fileSystem(directory, new Configuration()), directory, info(shard));
  }

  private ShardInfo info(int shard) throws IOException {
    return dataset.manifest().shards("train").get(shard);
  }

  private Path tar(int shard) {
    return folder.resolve("train-0000" + shard + ".tar");
  }

  private static void flip(Path file, int at) throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    bytes[at] ^= 1;
    Files.write(file, bytes);
  }
}
