package tributary.driver.cluster;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** A process that runs until it is closed; its standard output and error go to one log file. */
final class Daemon implements AutoCloseable {
  private static final Duration DEATH = Duration.ofSeconds(30);

  private final String name;
  private final Path log;
  private final Process process;

  private Daemon(String name, Path log, Process process) {
    this.name = name;
    this.log = log;
    this.process = process;
  }

  static Daemon start(String name, Path log, ProcessBuilder builder) {
    builder.redirectErrorStream(true).redirectOutput(log.toFile());
    try {
      return new Daemon(name, log, builder.start());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Waits until the log holds a match.
   *
   * @return the first match, for its groups
   */
  Matcher await(Pattern pattern, Deadline deadline) {
    boolean found =
        deadline.waitFor(() -> pattern.matcher(Logs.read(log)).find() || !process.isAlive());
    Matcher matcher = pattern.matcher(Logs.read(log));
    if (matcher.find()) {
      return matcher;
    }
    String what = found ? "ended with " + process.exitValue() : "said nothing in time";
    throw new IllegalStateException(
        name + " " + what + "; expected /" + pattern + "/ in its log:\n" + tail());
  }

  /** The JVMs among the processes this one started, as long as they live. */
  Stream<ProcessHandle> children() {
    return process
        .descendants()
        .filter(child -> child.info().command().filter(file -> file.endsWith("/java")).isPresent());
  }

  /** The name and the last lines of the log. */
  String tail() {
    return "=== " + name + " (pid " + process.pid() + ")\n" + Logs.tail(log);
  }

  /** Kills the process and everything it started, and waits until all are gone. */
  @Override
  public void close() {
    killTree(process.toHandle());
  }

  static void killTree(ProcessHandle root) {
    // The root goes first, so that it starts nothing new while its children die.
    List<ProcessHandle> children = root.descendants().toList();
    List<ProcessHandle> all = Stream.concat(Stream.of(root), children.stream()).toList();
    all.forEach(ProcessHandle::destroyForcibly);
    CompletableFuture.allOf(
            all.stream().map(ProcessHandle::onExit).toArray(CompletableFuture<?>[]::new))
        .orTimeout(DEATH.toMillis(), TimeUnit.MILLISECONDS)
        .join();
  }
}
