package tributary.datasets.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** Real data that {@code deploy/fetch} gets once a machine. One state per JVM. */
public final class FetchedData {
  private static final long FETCH_SECONDS = 600;
  private static final Map<String, Path> DIRECTORIES = new HashMap<>();

  private FetchedData() {}

  /**
   * The folder of a dataset's shards, packed as the recipes want it.
   *
   * @param name that {@code deploy/fetch} has for it
   * @throws AssertionError if it cannot be fetched or packed; says why
   */
  public static Path packed(String name) throws IOException {
    return locked(name, "--pack");
  }

  /**
   * The folder of a dataset by the name that {@code deploy/fetch} has for it.
   *
   * @throws AssertionError if it cannot be fetched; says why
   */
  public static synchronized Path directory(String name) {
    return DIRECTORIES.computeIfAbsent(
        name,
        wanted -> {
          try {
            return locked(wanted);
          } catch (IOException e) {
            throw new UncheckedIOException("Cannot run deploy/fetch", e);
          }
        });
  }

  @SuppressWarnings("try") // the lock is held, not used
  private static Path locked(String... arguments) throws IOException {
    Path lockFile = Path.of(System.getProperty("java.io.tmpdir"), "tributary-fetch.lock");
    try (FileChannel channel =
            FileChannel.open(lockFile, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        FileLock lock = channel.lock()) {
      return run(Stream.concat(Stream.of(script().toString()), Stream.of(arguments)).toList());
    }
  }

  private static Path run(List<String> command) throws IOException {
    Path messages = Files.createTempFile("fetch", ".log");
    Path printed = Files.createTempFile("fetch", ".out");
    try {
      Process process =
          new ProcessBuilder(command)
              .redirectError(messages.toFile())
              .redirectOutput(printed.toFile())
              .start();
      if (!process.waitFor(FETCH_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        throw new AssertionError(
            String.join(" ", command) + " took longer than " + FETCH_SECONDS + " s");
      }
      if (process.exitValue() != 0) {
        throw new AssertionError(
            "The real data is missing: "
                + String.join(" ", command)
                + " ended with exit code "
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
