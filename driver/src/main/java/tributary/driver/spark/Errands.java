package tributary.driver.spark;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** What the driver does only if a task asks for it, as few tasks need it. */
public final class Errands {
  /** By number. Driver only. */
  private static final Map<Long, Runnable> KNOWN = new ConcurrentHashMap<>();

  private Errands() {}

  /**
   * Driver only: what to do when a task asks, perhaps several times, for one after the other.
   *
   * @param number that no other errand has
   */
  public static void offer(long number, Runnable errand) {
    KNOWN.put(number, errand);
  }

  /** Driver only: nobody will ask any more. Waits if it is being done. */
  public static void withdraw(long number) {
    KNOWN.remove(number);
  }

  /**
   * Has the driver do it, and waits until it is done.
   *
   * @throws IOException if the driver does not know it any more, can't do it or can't be asked
   */
  public static void ask(long number) throws IOException {
    if (run(number)) {
      return; // this is the driver
    }
    if (!DriverLink.isThere()) {
      throw new IOException("the driver cannot be asked for errand " + number);
    }
    try {
      DriverLink.ask(new Wanted(number));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while the driver did errand " + number);
    } catch (Exception e) { // as declared
      throw new IOException("the driver has not done errand " + number + ": " + e.getMessage(), e);
    }
  }

  static void forget() {
    KNOWN.clear();
  }

  /** Does it, if it is known; nobody withdraws it meanwhile. */
  private static boolean run(long number) {
    return KNOWN.computeIfPresent(
            number,
            (same, errand) -> {
              errand.run();
              return errand;
            })
        != null;
  }

  /** Asks for an errand. */
  record Wanted(long number) implements DriverLink.Message {
    @Override
    public void read() throws IOException {
      if (!run(number)) {
        throw new IOException("it was withdrawn");
      }
    }
  }
}
