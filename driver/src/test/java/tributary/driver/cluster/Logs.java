package tributary.driver.cluster;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Reads files that a process may still be writing. */
final class Logs {
  private static final int TAIL_LINES = 60;

  private Logs() {}

  static String read(Path file) {
    try {
      // Unlike readString, this puts up with a character that is only half written yet.
      return new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static String tail(Path file) {
    List<String> lines = read(file).lines().toList();
    int start = Math.max(0, lines.size() - TAIL_LINES);
    return String.join("\n", lines.subList(start, lines.size()));
  }
}
