package tributary.datasets.minibatch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tributary.datasets.DataException;

class ArrayFilesTest {
  private static final int[] COUNTS = {3, 0, 2};

  @TempDir Path folder;

  @Test
  void aMinibatchHoldsExamplesOfAllFilesInTheOrderAskedFor() throws IOException {
    write();
    try (ArrayFiles files = files();
        MinibatchReader reader =
            MinibatchReader.ofArrays(
                files, new long[] {4, 0, 3, 2}, new int[] {3, 1}, new ReadAhead(2, 2))) {
      Minibatch first = reader.next();
      assertThat(first.features()).containsExactly(4, 4.5f, 0, 0.5f, 3, 3.5f);
      assertThat(first.softLabels()).containsExactly(-4, 0, -3);
      assertThat(first.shape()).containsExactly(3, 2);
      assertThat(reader.next().features()).containsExactly(2, 2.5f);
    }
  }

  @Test
  void aFlippedByteIsToldWithFileAndExample() throws IOException {
    write();
    Path file = folder.resolve("part-00002");
    byte[] bytes = Files.readAllBytes(file);
    bytes[bytes.length / 2 + 1] ^= 4;
    Files.write(file, bytes);
    try (ArrayFiles files = files()) {
      assertThatThrownBy(() -> files.read(4, new float[2], new float[1], 0))
          .isInstanceOf(DataException.class)
          .hasMessageContainingAll("part-00002", "example 1", "call fit again");
    }
  }

  @Test
  void aFolderThatIsNotSharedIsTold() throws IOException {
    try (ArrayFiles files = files()) {
      assertThatThrownBy(() -> files.read(0, new float[2], new float[1], 0))
          .isInstanceOf(DataException.class)
          .hasMessageContainingAll("part-00000", "on here", "all executors share");
    }
  }

  private ArrayFiles files() throws IOException {
    return new ArrayFiles(
        new ArrayExamples(folder.toString(), List.of(3, 0, 2), List.of(2), List.of(1)),
        new Configuration(),
        "here");
  }

  /** Example n has the features n and n + 0.5 and the label -n. */
  private void write() throws IOException {
    int number = 0;
    for (int file = 0; file < COUNTS.length; file++) {
      try (OutputStream out = Files.newOutputStream(folder.resolve("part-0000" + file))) {
        ArrayFiles.Writer writer = new ArrayFiles.Writer(out);
        for (int i = 0; i < COUNTS[file]; i++, number++) {
          writer.write(new float[] {number, number + 0.5f}, new float[] {-number}, 0, 1);
        }
      }
    }
  }
}
