package tributary.driver.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Bytes that this process has read and written: sockets and files together, as Linux counts them.
 *
 * @param read since the process began
 * @param written since the process began
 */
record DriverTraffic(long read, long written) {
  private static final Path COUNTERS = Path.of("/proc/self/io");

  /** What the counters say now; zeros where the system has none. */
  static DriverTraffic now() throws IOException {
    if (!Files.isReadable(COUNTERS)) {
      return new DriverTraffic(0, 0);
    }
    List<String> lines = Files.readAllLines(COUNTERS);
    return new DriverTraffic(value(lines, "rchar: "), value(lines, "wchar: "));
  }

  DriverTraffic since(DriverTraffic earlier) {
    return new DriverTraffic(read - earlier.read, written - earlier.written);
  }

  private static long value(List<String> lines, String name) {
    return lines.stream()
        .filter(line -> line.startsWith(name))
        .mapToLong(line -> Long.parseLong(line.substring(name.length())))
        .findFirst()
        .orElse(0);
  }
}
