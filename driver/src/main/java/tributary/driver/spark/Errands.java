package tributary.driver.spark;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.spark.api.plugin.DriverPlugin;
import org.apache.spark.api.plugin.ExecutorPlugin;
import org.apache.spark.api.plugin.PluginContext;
import org.apache.spark.api.plugin.SparkPlugin;

/**
 * What the driver does only if a task asks for it, as few tasks need it. Made by Spark, one in each
 * process.
 */
public final class Errands implements SparkPlugin {
  /** By number. Driver only. */
  private static final Map<Long, Runnable> KNOWN = new ConcurrentHashMap<>();

  /** Leads to the driver; null where Spark has not made this plugin. Executor only. */
  private static volatile PluginContext toDriver;

  /** Made by Spark. */
  public Errands() {}

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
    PluginContext context = toDriver;
    if (context == null) {
      throw new IOException("the driver cannot be asked for errand " + number);
    }
    try {
      context.ask(number);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while the driver did errand " + number);
    } catch (Exception e) { // as declared
      throw new IOException("the driver has not done errand " + number + ": " + e.getMessage(), e);
    }
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

  @Override
  public DriverPlugin driverPlugin() {
    KNOWN.clear(); // numbers start anew with each context
    return new DriverPlugin() {
      @Override
      public Object receive(Object message) throws IOException {
        if (!run((Long) message)) {
          throw new IOException("it was withdrawn");
        }
        return "";
      }
    };
  }

  @Override
  public ExecutorPlugin executorPlugin() {
    return new ExecutorPlugin() {
      @Override
      public void init(PluginContext context, Map<String, String> settings) {
        toDriver = context;
      }
    };
  }
}
