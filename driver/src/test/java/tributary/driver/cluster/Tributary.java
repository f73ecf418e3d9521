package tributary.driver.cluster;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Runs {@code deploy/tributary} as a user does: its own process, with a deadline.
 *
 * <p>Immutable: every {@code with} method returns another one.
 */
public final class Tributary {
  private final Path directory;
  private final List<String> options;
  private final Map<String, String> environment;

  private Tributary(Path directory, List<String> options, Map<String, String> environment) {
    this.directory = directory;
    this.options = List.copyOf(options);
    this.environment = Map.copyOf(environment);
  }

  /** The launcher with Spark in its own process, {@code local[2]}, in the repository's root. */
  public static Tributary local() {
    return new Tributary(
        Installation.root(), List.of("--master", "local[2]", "--driver-memory", "2g"), Map.of());
  }

  /** Runs one command locally and waits for its end. */
  public static Outcome run(Duration deadline, String... arguments) {
    return local().submit(deadline, arguments);
  }

  /** With other launcher options in front: the master, Spark's settings, the driver's memory. */
  public Tributary withOptions(List<String> launcherOptions) {
    return new Tributary(directory, launcherOptions, environment);
  }

  /** With one environment variable set; an empty value takes it away. */
  public Tributary withEnvironment(String name, String value) {
    Map<String, String> more = new LinkedHashMap<>(environment);
    more.put(name, value);
    return new Tributary(directory, options, more);
  }

  /** With another working directory. */
  public Tributary in(Path workingDirectory) {
    return new Tributary(workingDirectory, options, environment);
  }

  /**
   * Runs one command and waits for its end.
   *
   * @param deadline how long it may take; then it is killed with all it started, and this fails
   */
  public Outcome submit(Duration deadline, String... arguments) {
    try (Running running = start(arguments)) {
      return running.await(deadline);
    }
  }

  /** Starts one command. */
  public Running start(String... arguments) {
    List<String> command = new ArrayList<>();
    command.add(Installation.launcher().toString());
    command.addAll(options);
    command.addAll(List.of(arguments));
    ProcessBuilder builder = new ProcessBuilder(command).directory(directory.toFile());
    builder.environment().remove("SPARK_HOME");
    environment.forEach(
        (name, value) -> {
          if (value.isEmpty()) {
            builder.environment().remove(name);
          } else {
            builder.environment().put(name, value);
          }
        });
    try {
      return new Running(builder);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A command that was started; closing it kills it if it still lives. */
  public static final class Running implements AutoCloseable {
    private static final File NOTHING = new File("/dev/null");

    private final Path output;
    private final Path errors;
    private final Process process;

    private Running(ProcessBuilder builder) throws IOException {
      output = Files.createTempFile("tributary-", ".out");
      errors = Files.createTempFile("tributary-", ".err");
      process =
          builder
              .redirectOutput(output.toFile())
              .redirectError(errors.toFile())
              .redirectInput(ProcessBuilder.Redirect.from(NOTHING))
              .start();
    }

    /** The driver's process. */
    public ProcessHandle process() {
      return process.toHandle();
    }

    /** Waits until standard error holds a text; fails when the command ends before or is late. */
    public void awaitErrors(String text, Duration deadline) {
      await(errors, text, deadline);
    }

    /** Waits until standard output holds a text; fails when the command ends before or is late. */
    public void awaitOutput(String text, Duration deadline) {
      await(output, text, deadline);
    }

    /** Waits for the end; fails with everything the command said when that is late. */
    public Outcome await(Duration deadline) {
      try {
        if (!process.waitFor(deadline.toMillis(), TimeUnit.MILLISECONDS)) {
          throw new AssertionError("Not finished after " + deadline + ": " + soFar(-1));
        }
        return soFar(process.exitValue());
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException("Interrupted while waiting for " + process.pid(), e);
      }
    }

    private void await(Path file, String text, Duration deadline) {
      Deadline.in(deadline).waitFor(() -> Logs.read(file).contains(text) || !process.isAlive());
      if (!Logs.read(file).contains(text)) {
        int exitCode = process.isAlive() ? -1 : process.exitValue();
        throw new AssertionError("Waited in vain for \"" + text + "\": " + soFar(exitCode));
      }
    }

    private Outcome soFar(int exitCode) {
      return new Outcome(exitCode, Logs.read(output), Logs.read(errors));
    }

    @Override
    public void close() {
      Daemon.killTree(process.toHandle());
      try {
        Files.delete(output);
        Files.delete(errors);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
