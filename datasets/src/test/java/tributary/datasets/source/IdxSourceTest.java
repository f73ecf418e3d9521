package tributary.datasets.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectOutputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import tributary.datasets.DataException;
import tributary.datasets.image.ImageDecoder;
import tributary.datasets.shard.ImageShape;
import tributary.datasets.shard.MissingDatasetException;
import tributary.datasets.testing.FashionMnist;
import tributary.datasets.testing.LocalPack;

@ExtendWith(FashionMnist.class)
class IdxSourceTest {
  private static final Configuration CONF = new Configuration();

  @TempDir Path folder;

  @Test
  void readsTheRealDataset() throws IOException {
    IdxSource source = open(FashionMnist.directory(), FashionMnist.CLASSES);

    assertThat(source.parts()).extracting(Part::split).containsExactly("train", "test");
    assertThat(LocalPack.rows(source)).hasSize(70_000);
    assertThat(source.imageShape()).isEqualTo(new ImageShape(1, 28, 28));
    assertThat(source.classes()).hasSize(10);
  }

  @Test
  void itsPicturesAreTheFilesBytes() throws IOException {
    IdxSource source = open(FashionMnist.directory(), List.of());
    byte[] images = unpacked("t10k-images-idx3-ubyte.gz");
    byte[] labels = unpacked("t10k-labels-idx1-ubyte.gz");

    List<Row> rows = LocalPack.rows(source);
    Part test = source.parts().get(1);
    try (RowReader reader = source.open(CONF)) {
      for (int number : List.of(9_990, 9_991, 9_992, 17, 18, 9_999, 0)) {
        Row row = rows.get(60_000 + number);
        int at = 16 + number * 784;
        assertThat(row.offset()).isEqualTo(at);
        assertThat(row.className()).isEqualTo(Byte.toString(labels[8 + number]));
        assertThat(ImageDecoder.decode(reader.read(test, row).get("img"), 1).pixels())
            .isEqualTo(Arrays.copyOfRange(images, at, at + 784));
      }
    }
  }

  @Test
  void plainAndDottedNamesAreFoundToo() throws IOException {
    writeAll(images(3, 2, 2, 12), labels(3, 0, 1, 2));
    Files.move(
        folder.resolve("train-images-idx3-ubyte"), folder.resolve("train-images.idx3-ubyte"));
    byte[] packed = gzip(Files.readAllBytes(folder.resolve("t10k-labels-idx1-ubyte")));
    Files.delete(folder.resolve("t10k-labels-idx1-ubyte"));
    Files.write(folder.resolve("t10k-labels.idx1-ubyte.gz"), packed);

    assertThat(LocalPack.rows(open(folder, List.of()))).hasSize(6);
  }

  @Test
  void classesAreNumberedWhereNotNamed() throws IOException {
    writeAll(images(3, 2, 2, 12), labels(3, 0, 4, 2));
    assertThat(open(folder, List.of()).classes()).containsExactly("0", "1", "2", "3", "4");
  }

  @Test
  void itIsSentToOtherProcesses() throws IOException {
    writeAll(images(3, 2, 2, 12), labels(3, 0, 1, 2));
    IdxSource source = open(folder, List.of());
    try (ObjectOutputStream out = new ObjectOutputStream(new ByteArrayOutputStream())) {
      out.writeObject(source);
      out.writeObject(new PackedShard(null, PixelSums.none(1), List.of(), List.of()));
      out.writeObject(LocalPack.rows(source).get(0));
    }
  }

  @Test
  void aMissingFileIsNamed() {
    assertThatThrownBy(() -> open(folder, List.of()))
        .isInstanceOf(MissingDatasetException.class)
        .hasMessageContaining("No IDX dataset in file:")
        .hasMessageContaining(folder.getFileName().toString())
        .hasMessageContaining(
            "[train-images-idx3-ubyte, train-images-idx3-ubyte.gz, train-images.idx3-ubyte,"
                + " train-images.idx3-ubyte.gz]");
  }

  @Test
  void invalidMagicNumber() throws IOException {
    writeAll(ByteBuffer.wrap(images(1, 2, 2, 4)).putInt(0, 0x00000d03).array(), labels(1, 0));
    expect(
        "train-images-idx3-ubyte: magic number at byte 0:"
            + " expected 0x00000803 (unsigned bytes, 3 dimensions), found 0x00000d03");
  }

  @Test
  void tooLittleData() throws IOException {
    writeAll(images(3, 2, 2, 11), labels(3, 0, 1, 2));
    expect("train-images-idx3-ubyte: expected 12 bytes of values for sizes [3, 2, 2], found 11");
  }

  @Test
  void tooMuchData() throws IOException {
    writeAll(images(3, 2, 2, 13), labels(3, 0, 1, 2));
    expect("expected 12 bytes of values for sizes [3, 2, 2], found 13");
  }

  @Test
  void sizesWhoseProductOverflows32Bits() throws IOException {
    writeAll(images(65536, 65536, 2, 0), labels(1, 0));
    expect("expected 8589934592 bytes of values for sizes [65536, 65536, 2], found 0");
  }

  @Test
  void sizesWhoseProductOverflows64Bits() throws IOException {
    int huge = Integer.MAX_VALUE;
    writeAll(images(huge, huge, huge, 0), labels(1, 0));
    expect("train-images-idx3-ubyte: ");
  }

  @Test
  void zeroImages() throws IOException {
    writeAll(images(0, 2, 2, 0), labels(0));
    expect("size at byte 4: expected at least 1, found 0");
  }

  @Test
  void headerCut() throws IOException {
    writeAll(new byte[] {0, 0, 8, 3, 0}, labels(1, 0));
    expect("train-images-idx3-ubyte: expected a whole IDX file, found a broken one");
  }

  @Test
  void moreLabelsThanImages() throws IOException {
    writeAll(images(1, 2, 2, 4), labels(2, 0, 1));
    expect("holds 1 images", "holds 2 labels");
  }

  @Test
  void aLabelWithoutAClass() throws IOException {
    writeAll(images(2, 2, 2, 8), labels(2, 0, 7));
    assertThatThrownBy(() -> open(folder, List.of("cat", "dog")))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("expected labels in 0..1 for classes [cat, dog], found 7");
  }

  @Test
  void truncatedGzip() throws IOException {
    writeAll(images(3, 2, 2, 12), labels(3, 0, 1, 2));
    byte[] packed = gzip(Files.readAllBytes(folder.resolve("train-images-idx3-ubyte")));
    Files.delete(folder.resolve("train-images-idx3-ubyte"));
    Files.write(
        folder.resolve("train-images-idx3-ubyte.gz"), Arrays.copyOf(packed, packed.length - 9));
    expect("train-images-idx3-ubyte.gz: expected a whole IDX file, found a broken one");
  }

  private void expect(String... parts) {
    assertThatThrownBy(() -> open(folder, List.of()))
        .isInstanceOf(DataException.class)
        .hasMessageContainingAll(parts);
  }

  private static IdxSource open(Path folder, List<String> classes) throws IOException {
    return IdxSource.open(folder.toUri().toString(), classes, CONF);
  }

  /** The same files for both splits. */
  private void writeAll(byte[] images, byte[] labels) throws IOException {
    for (String split : List.of("train", "t10k")) {
      Files.write(folder.resolve(split + "-images-idx3-ubyte"), images);
      Files.write(folder.resolve(split + "-labels-idx1-ubyte"), labels);
    }
  }

  private static byte[] images(int count, int height, int width, int values) {
    return ByteBuffer.allocate(16 + values)
        .putInt(0x803)
        .putInt(count)
        .putInt(height)
        .putInt(width)
        .array();
  }

  private static byte[] labels(int count, int... labels) {
    ByteBuffer out = ByteBuffer.allocate(8 + labels.length).putInt(0x801).putInt(count);
    for (int label : labels) {
      out.put((byte) label);
    }
    return out.array();
  }

  private static byte[] gzip(byte[] bytes) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
      gzip.write(bytes);
    }
    return out.toByteArray();
  }

  private static byte[] unpacked(String name) throws IOException {
    byte[] packed = Files.readAllBytes(FashionMnist.directory().resolve(name));
    return new GZIPInputStream(new ByteArrayInputStream(packed)).readAllBytes();
  }
}
