package tributary.driver.cluster;

import java.io.IOException;
import java.io.UncheckedIOException;

/** Sends signals as {@code kill} does. */
public final class Signals {
  private Signals() {}

  /**
   * Sends a signal.
   *
   * @param name such as {@code STOP}
   * @return whether the process was there
   */
  public static boolean send(String name, long pid) {
    try {
      return new ProcessBuilder("kill", "-" + name, Long.toString(pid)).start().waitFor() == 0;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("Interrupted while sending " + name + " to " + pid, e);
    }
  }
}
