package tributary.driver.cluster;

import java.io.IOException;
import java.io.UncheckedIOException;

/**
 * Lets a process run for a part of the time only, as a busy or overheated host does; stopped and
 * woken many times a second. Ends with the process.
 */
public final class Throttle implements AutoCloseable {
  private static final String STOP_AND_GO =
      "while kill -STOP $0 2>/dev/null; do sleep $1; kill -CONT $0 2>/dev/null; sleep 0.01; done";

  private final long pid;
  private final Process stopper;

  private Throttle(long pid, Process stopper) {
    this.pid = pid;
    this.stopper = stopper;
  }

  /** Makes a process so many times slower, 2 to 10, until it is closed. */
  public static Throttle on(long pid, int times) {
    if (times < 2 || times > 10) {
      throw new IllegalArgumentException("times must be in 2..10, got " + times);
    }
    String pause = "0.0" + (times - 1);
    try {
      ProcessBuilder builder =
          new ProcessBuilder("bash", "-c", STOP_AND_GO, Long.toString(pid), pause);
      return new Throttle(pid, builder.start());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Whether the process still lives, and slowly. */
  public boolean lasts() {
    return stopper.isAlive();
  }

  @Override
  public void close() {
    Daemon.killTree(stopper.toHandle());
    Signals.send("CONT", pid);
  }
}
