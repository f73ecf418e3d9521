package tributary.datasets.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
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

  private static final long FETCH_SECONDS = 300;
  private static final Map<String, Path> SHARDS = new HashMap<>();
  private static Path directory;

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
  public static synchronized Path directory() {
    if (directory == null) {
      try {
        directory = fetch();
      } catch (IOException e) {
        throw new UncheckedIOException("Cannot run deploy/fetch", e);
      }
    }
    return directory;
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

  @SuppressWarnings("try") // the lock is held, not used
  private static Path fetch() throws IOException {
    Path lockFile = Path.of(System.getProperty("java.io.tmpdir"), "tributary-fetch.lock");
    try (FileChannel channel =
            FileChannel.open(lockFile, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        FileLock lock = channel.lock()) {
      return run(script());
    }
  }

  private static Path run(Path script) throws IOException {
    Path messages = Files.createTempFile("fetch", ".log");
    Path printed = Files.createTempFile("fetch", ".out");
    try {
      Process process =
          new ProcessBuilder(script.toString(), "fashion-mnist")
              .redirectError(messages.toFile())
              .redirectOutput(printed.toFile())
              .start();
      if (!process.waitFor(FETCH_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        throw new AssertionError(script + " took longer than " + FETCH_SECONDS + " s");
      }
      if (process.exitValue() != 0) {
        throw new AssertionError(
            "The real data is missing: "
                + script
                + " fashion-mnist ended with exit code "
                + process.exitValue()
                + " and said:\n"
                + Files.readString(messages, StandardCharsets.UTF_8));
      }
      return Path.of(Files.readString(printed, StandardCharsets.UTF_8).strip());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while fetching", e);
    } finally {
      Files.deleteIfExists(messages);
      Files.deleteIfExists(printed);
    }
  }

  static Path script() {
    Path working = Path.of("").toAbsolutePath();
    for (Path folder = working; folder != null; folder = folder.getParent()) {
      Path script = folder.resolve("deploy").resolve("fetch");
      if (Files.isExecutable(script)) {
        return script;
      }
    }
    throw new AssertionError("No executable deploy/fetch in " + working + " or above");
  }
}
