package tributary.datasets.shard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import tributary.datasets.DataException;
import tributary.datasets.Seeds;
import tributary.datasets.testing.FashionMnist;
import tributary.datasets.testing.Folders;
import tributary.datasets.testing.HandMade;

@ExtendWith(FashionMnist.class)
class DatasetTest {
  @TempDir Path folder;

  @Test
  void numbersRunThroughTheShardsInOrder() throws IOException {
    try (Dataset dataset = HandMade.dataset(folder, 0, 2, 0, 0, 1, 3, 0)) {
      for (int number = 0; number < 6; number++) {
        LabelledExample read = dataset.read("train", number);
        assertThat(read.example().key()).isEqualTo(HandMade.key(number));
        assertThat(read.label()).isEqualTo(number % HandMade.CLASSES);
      }
      assertThat(dataset.read("train", 4).shard()).isEqualTo("train-00005.tar");
      assertThat(dataset.read("train", 4).offset()).isEqualTo(2048);
    }
  }

  @Test
  void theKeysOfOpenShardsAreKnown() throws IOException {
    try (Dataset dataset = HandMade.dataset(folder, 2, 0, 3)) {
      assertThat(dataset.keyIfOpen("train", 3)).isEmpty();
      String key = dataset.read("train", 4).example().key();
      assertThat(dataset.keyIfOpen("train", 4)).contains(key);
      assertThat(dataset.keyIfOpen("train", 3)).isPresent().isNotEqualTo(Optional.of(key));
      assertThat(dataset.keyIfOpen("train", 1)).as("another shard").isEmpty();
    }
  }

  @Test
  void aNumberOutsideTheSplitIsRefused() throws IOException {
    try (Dataset dataset = HandMade.dataset(folder, 2)) {
      assertThatThrownBy(() -> dataset.read("train", 2))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("example number of split train must be in 0..1, got 2");
    }
  }

  @Test
  void theDigestNamesTheData() throws IOException {
    try (Dataset first = HandMade.dataset(folder.resolve("first"), 2);
        Dataset same = HandMade.dataset(folder.resolve("same"), 2);
        Dataset other = HandMade.dataset(folder.resolve("other"), 3)) {
      assertThat(first.digest()).matches("[0-9a-f]{64}").isEqualTo(same.digest());
      assertThat(first.digest()).isNotEqualTo(other.digest());
    }
  }

  @Test
  void aFolderWithoutAManifestIsNoDataset() {
    assertThatThrownBy(() -> Dataset.open(folder.toUri().toString(), new Configuration()))
        .isInstanceOf(MissingDatasetException.class)
        .hasMessageStartingWith("Cannot read file:")
        .hasMessageContaining(folder.getFileName() + "/manifest.json")
        .hasMessageEndingWith("; make a dataset with deploy/tributary pack");
  }

  @Test
  void aDatasetWithoutAMeanImageSaysHowToGetOne() throws IOException {
    try (Dataset dataset = HandMade.dataset(folder, 2)) {
      assertThatThrownBy(dataset::meanImage)
          .isInstanceOf(DataException.class)
          .hasMessageContaining(
              folder
                  + " has no mean image: deploy/tributary pack makes one of a training split whose"
                  + " images all have one size, if they are not huge; pack it again, or subtract"
                  + " the mean per channel (input.mean: channel)");
    }
  }

  @Test
  void aMeanImageThatWasChangedOrTakenAwayIsTold() throws IOException {
    Path data = folder.resolve("data");
    Folders.copy(FashionMnist.shards(20, 5, 20), data);
    Path file = data.resolve(Images.MEAN_FILE);
    byte[] bytes = Files.readAllBytes(file);
    try (Dataset whole = Dataset.open(data.toUri().toString(), new Configuration())) {
      assertThat(whole.meanImage().png()).isEqualTo(bytes);
      whole.verify();

      Files.write(file, flipped(bytes));
      assertThat(whole.meanImage().png()).as("read once").isEqualTo(bytes);
      assertThatThrownBy(whole::verify).hasMessageStartingWith("Corrupt mean image");
    }
    try (Dataset damaged = Dataset.open(data.toUri().toString(), new Configuration())) {
      assertThatThrownBy(damaged::meanImage)
          .isInstanceOf(DataException.class)
          .hasMessageStartingWith("Corrupt mean image file:" + file + ": SHA-256 expected ")
          .hasMessageEndingWith("; pack the dataset again");

      Files.delete(file);
      assertThatThrownBy(damaged::meanImage)
          .isInstanceOf(MissingDatasetException.class)
          .hasMessageContaining("/mean.png as user ");
    }
  }

  private static byte[] flipped(byte[] bytes) {
    byte[] flipped = bytes.clone();
    flipped[bytes.length / 2] = (byte) ~bytes[bytes.length / 2];
    return flipped;
  }

  @Test
  void moreShardsThanStayOpenAreReadByManyThreads() throws Exception {
    int[] ones = new int[150];
    Arrays.fill(ones, 1);
    ExecutorService threads = Executors.newFixedThreadPool(4);
    try (Dataset dataset = HandMade.dataset(folder, ones)) {
      List<Callable<Void>> readers = new ArrayList<>();
      for (int thread = 0; thread < 4; thread++) {
        SplittableRandom random = Seeds.random(thread);
        readers.add(() -> readRandomly(dataset, random, ones.length));
      }
      for (Future<Void> reader : threads.invokeAll(readers, 30, TimeUnit.SECONDS)) {
        reader.get();
      }
      assertThat(openFiles()).isBetween(1L, 64L);
    } finally {
      threads.shutdownNow();
    }
    assertThat(openFiles()).isZero();
  }

  @Test
  void anInterruptedReaderDoesNotStopTheOthers() throws IOException {
    try (Dataset dataset = HandMade.dataset(folder, 2)) {
      dataset.read("train", 0);
      Thread.currentThread().interrupt();
      assertThatThrownBy(() -> dataset.read("train", 0)).isInstanceOf(IOException.class);
      assertThat(Thread.interrupted()).isTrue();

      assertThat(dataset.read("train", 1).example().key()).isEqualTo("0000001");
    }
  }

  private static Void readRandomly(Dataset dataset, SplittableRandom random, int examples)
      throws IOException {
    for (int i = 0; i < 500; i++) {
      int number = random.nextInt(examples);
      assertThat(dataset.read("train", number).example().key()).isEqualTo(HandMade.key(number));
    }
    return null;
  }

  /** Tars of this test that this process has open. */
  private long openFiles() throws IOException {
    long open = 0;
    try (var files = Files.newDirectoryStream(Path.of("/proc/self/fd"))) {
      for (Path file : files) {
        if (Files.isSymbolicLink(file)
            && Files.readSymbolicLink(file).startsWith(folder.toRealPath())) {
          open++;
        }
      }
    }
    return open;
  }
}
