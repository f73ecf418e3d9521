package tributary.datasets.shard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tributary.datasets.DataException;
import tributary.datasets.Sha256;
import tributary.datasets.Storage;
import tributary.datasets.testing.Fuzz;
import tributary.datasets.testing.Fuzz.Trial;
import tributary.datasets.testing.HandMade;
import tributary.datasets.testing.Mutant;

/**
 * Files of a dataset, changed at random in thousands of ways: what is read is what was written, or
 * the damage is told.
 */
class ShardFuzzTest {
  private static final int EXAMPLES = 4;
  private static final int INDEX_CHECKSUM_BYTES = 4;

  @TempDir Path folder;

  private ShardInfo shard;
  private List<LabelledExample> written;
  private Path tar;
  private Path index;
  private Path manifest;

  @BeforeEach
  void writeTwoShards() throws IOException {
    written = new ArrayList<>();
    try (Dataset dataset = HandMade.dataset(folder, EXAMPLES, EXAMPLES + 1)) {
      shard = dataset.manifest().shards("train").get(0);
      for (int i = 0; i < EXAMPLES; i++) {
        written.add(dataset.read("train", i));
      }
    }
    tar = folder.resolve(shard.tarName());
    index = folder.resolve(shard.indexName());
    manifest = folder.resolve(Manifest.FILE_NAME);
  }

  @Test
  @Timeout(300)
  void everyChangeOfATarIsFound() throws Exception {
    byte[] good = Files.readAllBytes(tar);
    byte[] other = Files.readAllBytes(folder.resolve("train-00001.tar"));
    Fuzz.run(
        "tar-fuzz",
        800,
        random -> {
          Mutant mutant = any(good, other, random);
          return new Trial(
              mutant.how(),
              () -> {
                Files.write(tar, mutant.bytes());
                readAll();
                if (!Arrays.equals(mutant.bytes(), good)) {
                  assertThatThrownBy(this::verify).isInstanceOf(CorruptShardException.class);
                }
              });
        });
  }

  @Test
  @Timeout(300)
  void everyChangeOfAnIndexIsFound() throws Exception {
    byte[] good = Files.readAllBytes(index);
    byte[] other = Files.readAllBytes(folder.resolve("train-00001.idx"));
    Fuzz.run(
        "index-fuzz",
        700,
        random -> {
          Mutant mutant = any(good, other, random);
          return new Trial(
              mutant.how(),
              () -> {
                Files.write(index, mutant.bytes());
                if (!Arrays.equals(mutant.bytes(), good)) {
                  assertThatThrownBy(() -> open().close())
                      .isInstanceOf(CorruptShardException.class)
                      .hasMessageContaining("Corrupt index train-00000.idx: ");
                } else {
                  readAll();
                }
              });
        });
  }

  /** As no accident makes it: entries and keys that make no sense under a right checksum. */
  @Test
  @Timeout(300)
  void anIndexWithARightChecksumIsReadOrRefused() throws Exception {
    byte[] good = Files.readAllBytes(index);
    Fuzz.run(
        "forged-index-fuzz",
        400,
        random -> {
          int to = good.length - INDEX_CHECKSUM_BYTES;
          Mutant mutant = Mutant.overwritten(good, 0, to, random);
          ByteBuffer forged = ByteBuffer.wrap(mutant.bytes());
          forged.putInt(to, ShardIndex.crc32c(mutant.bytes(), to));
          return new Trial(
              mutant.how(),
              () -> {
                Files.write(index, mutant.bytes());
                readImages();
              });
        });
  }

  @Test
  @Timeout(300)
  void aChangedManifestIsReadOrRefused() throws Exception {
    byte[] good = Files.readAllBytes(manifest);
    Fuzz.run(
        "manifest-fuzz",
        600,
        random -> {
          Mutant mutant = any(good, good, random);
          return new Trial(mutant.how(), () -> tryManifest(good, mutant.bytes()));
        });
  }

  /** Each example is as it was written, or the damage is told. */
  private void readAll() throws IOException {
    try (ShardReader reader = open()) {
      for (int i = 0; i < EXAMPLES; i++) {
        readOne(reader, i, written.get(i).label());
      }
    } catch (CorruptShardException e) {
      assertThat(e).hasMessageStartingWith("Corrupt ");
    }
  }

  private static void readOne(ShardReader reader, int number, int label) throws IOException {
    try {
      Example example = reader.read(number);
      assertThat(example.key()).isEqualTo(HandMade.key(number));
      assertThat(example.image().orElseThrow().getValue()).isEqualTo(HandMade.png(number));
      assertThat(reader.label(number)).isEqualTo(label);
    } catch (CorruptShardException e) {
      assertThat(e).hasMessageContaining("Corrupt shard train-00000.tar: example ");
    }
  }

  /** What is read is some example's image, unchanged; labels are within reason. */
  private void readImages() throws IOException {
    try (ShardReader reader = open()) {
      for (int i = 0; i < reader.examples(); i++) {
        readImage(reader, i);
      }
    } catch (CorruptShardException e) {
      assertThat(e).hasMessageStartingWith("Corrupt ");
    }
  }

  private void readImage(ShardReader reader, int number) throws IOException {
    try {
      assertThat(reader.label(number)).isGreaterThanOrEqualTo(-1);
      byte[] image = reader.read(number).image().orElseThrow().getValue();
      assertThat(written)
          .anyMatch(one -> Arrays.equals(one.example().image().orElseThrow().getValue(), image));
    } catch (CorruptShardException e) {
      assertThat(e).hasMessageContaining("Corrupt shard train-00000.tar: example ");
    }
  }

  /** A manifest names data: another one has another digest, or shards that do not fit it. */
  private void tryManifest(byte[] good, byte[] bytes) throws IOException {
    Files.write(manifest, bytes);
    try (Dataset dataset = Dataset.open(folder.toUri().toString(), new Configuration())) {
      boolean same = Arrays.equals(good, bytes);
      assertThat(dataset.digest().equals(digest(good))).isEqualTo(same);
      for (String split : dataset.manifest().splits().keySet()) {
        if (dataset.manifest().examples(split) > 0) {
          dataset.read(split, 0);
        }
      }
      dataset.verify();
    } catch (DataException e) {
      assertThat(e).message().isNotBlank();
    }
  }

  private static String digest(byte[] bytes) {
    return Sha256.hex(Sha256.digest().digest(bytes));
  }

  private static Mutant any(byte[] good, byte[] other, SplittableRandom random) {
    return switch (random.nextInt(4)) {
      case 0 -> Mutant.truncated(good, random);
      case 1 -> Mutant.rearranged(good, other, random);
      default -> Mutant.overwritten(good, random);
    };
  }

  private ShardReader open() throws IOException {
    org.apache.hadoop.fs.Path directory = new org.apache.hadoop.fs.Path(folder.toUri());
    return ShardReader.open(Storage.fileSystem(directory, new Configuration()), directory, shard);
  }

  private void verify() throws IOException {
    org.apache.hadoop.fs.Path directory = new org.apache.hadoop.fs.Path(folder.toUri());
    ShardReader.verify(Storage.fileSystem(directory, new Configuration()), directory, shard);
  }
}
