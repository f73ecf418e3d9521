package tributary.datasets.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import tributary.datasets.source.IdxSource;
import tributary.datasets.source.IdxSource.IdxSplit;
import tributary.datasets.source.PackSettings;

/**
 * The real Fashion-MNIST (or its stand-in, MNIST), got once a machine. One state per JVM.
 *
 * <p>As a JUnit extension it gets the data before a class' first test, and says plainly what is
 * missing when it can't: {@code @ExtendWith(FashionMnist.class)}.
 */
public final class FashionMnist implements BeforeAllCallback {
  /** Class names in label order. */
  public static final List<String> CLASSES =
      List.of(
          "t-shirt",
          "trouser",
          "pullover",
          "dress",
          "coat",
          "sandal",
          "shirt",
          "sneaker",
          "bag",
          "ankle-boot");

  private static final Map<String, Path> SHARDS = new HashMap<>();

  /** Made by JUnit. */
  public FashionMnist() {}

  @Override
  public void beforeAll(ExtensionContext context) {
    directory();
  }

  /**
   * The folder of the four IDX files.
   *
   * @throws AssertionError if they cannot be fetched; says why
   */
  public static Path directory() {
    return FetchedData.directory("fashion-mnist");
  }

  /** The first images of both splits as a source. */
  public static IdxSource source(int train, int test) throws IOException {
    IdxSource all = IdxSource.open(directory().toUri().toString(), CLASSES, new Configuration());
    List<IdxSplit> files = new ArrayList<>();
    for (IdxSplit split : all.files()) {
      int examples = split.name().equals("train") ? train : test;
      files.add(new IdxSplit(split.name(), split.images(), split.labels(), examples));
    }
    return new IdxSource(all.directory(), all.classes(), all.imageShape(), files);
  }

  /**
   * A packed dataset of the first images of both splits; packed once a JVM, removed at its end. Do
   * not change it: copy it first.
   *
   * @param train images of the split {@code train}, at least 1
   * @param test images of the split {@code test}, at least 1
   */
  public static synchronized Path shards(int train, int test, int examplesPerShard) {
    return SHARDS.computeIfAbsent(
        train + "-" + test + "-" + examplesPerShard,
        name -> {
          try {
            Path folder = Files.createTempDirectory("fashion-mnist-" + name + "-");
            Runtime.getRuntime().addShutdownHook(new Thread(() -> Folders.delete(folder)));
            LocalPack.pack(source(train, test), PackSettings.of(examplesPerShard, 1), folder);
            return folder;
          } catch (IOException e) {
            throw new UncheckedIOException("Cannot pack " + name, e);
          }
        });
  }
}
