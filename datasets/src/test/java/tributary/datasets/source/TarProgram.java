package tributary.datasets.source;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** The system's {@code tar}: what another program makes and reads. */
final class TarProgram {
  private static final long SECONDS = 60;

  private TarProgram() {}

  /** Packs files of a folder in the order given; all it holds, by name, if none is. */
  static void pack(Path archive, Path folder, List<String> files, String... options)
      throws IOException {
    List<String> command = new ArrayList<>(List.of("tar", "--sort=name", "-cf"));
    command.add(archive.toString());
    command.addAll(List.of("-C", folder.toString()));
    command.addAll(List.of(options));
    command.add("--");
    command.addAll(files.isEmpty() ? List.of(".") : files);
    run(command);
  }

  /** The same files, so that equal contents are equal. */
  static Map<String, ByteBuffer> comparable(Map<String, byte[]> files) {
    Map<String, ByteBuffer> comparable = new TreeMap<>();
    files.forEach((name, content) -> comparable.put(name, ByteBuffer.wrap(content)));
    return comparable;
  }

  /** What an archive's files hold, by their names. */
  static SortedMap<String, byte[]> unpack(Path archive, Path into) throws IOException {
    Files.createDirectories(into);
    run(List.of("tar", "-xf", archive.toString(), "-C", into.toString()));
    SortedMap<String, byte[]> files = new TreeMap<>();
    try (Stream<Path> walk = Files.walk(into)) {
      for (Path file : walk.filter(Files::isRegularFile).toList()) {
        files.put(into.relativize(file).toString(), Files.readAllBytes(file));
      }
    }
    return files;
  }

  private static void run(List<String> command) throws IOException {
    Path output = Files.createTempFile("tar", ".log");
    try {
      ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
      builder.redirectOutput(output.toFile()).environment().putAll(Map.of("LC_ALL", "C.UTF-8"));
      Process process = builder.start();
      if (!process.waitFor(SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        throw new AssertionError(command + " took more than " + SECONDS + " seconds");
      }
      if (process.exitValue() != 0) {
        throw new AssertionError(command + ": " + Files.readString(output, StandardCharsets.UTF_8));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    } finally {
      Files.delete(output);
    }
  }
}
