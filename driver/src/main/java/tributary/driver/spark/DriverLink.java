package tributary.driver.spark;

import java.io.Serializable;
import java.util.Map;
import org.apache.spark.api.plugin.DriverPlugin;
import org.apache.spark.api.plugin.ExecutorPlugin;
import org.apache.spark.api.plugin.PluginContext;
import org.apache.spark.api.plugin.SparkPlugin;

/** The way of tasks to the driver while they run. Made by Spark, one in each process. */
public final class DriverLink implements SparkPlugin {
  /** Null where Spark has not made this plugin. Executor only. */
  private static volatile PluginContext toDriver;

  /** Made by Spark. */
  public DriverLink() {}

  /**
   * Whether there is a driver to ask: on executors of a context made by {@link SparkContexts}.
   * Executor only.
   */
  static boolean isThere() {
    return toDriver != null;
  }

  /**
   * Has the driver read a message, and waits until it has. Executor only.
   *
   * @throws InterruptedException if this thread is interrupted
   * @throws Exception as Spark does if there is no answer, or what the message throws as it is read
   */
  static void ask(Message message) throws Exception {
    toDriver.ask(message);
  }

  @Override
  public DriverPlugin driverPlugin() {
    LastWords.forget(); // numbers of tasks and errands start anew with each context
    Errands.forget();
    return new DriverPlugin() {
      @Override
      public Object receive(Object message) throws Exception {
        ((Message) message).read();
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

      @Override
      public void shutdown() {
        toDriver = null;
      }
    };
  }

  /** What a task may tell the driver. Sent. */
  sealed interface Message extends Serializable permits LastWords.Said, Errands.Wanted {
    /** Does in the driver what it is for. */
    void read() throws Exception;
  }
}
